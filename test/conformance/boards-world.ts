/** An Azure DevOps on loopback with one agent and one engineer, for the conformance tests of the tracker. */
import { createAzureDevOps as createBoards } from '../../emulators/azure-devops/azure-devops.ts';
import { createFaults } from '../../emulators/control/faults.ts';
import { listen } from '../../src/base/http.ts';
import type { AzureDevOpsOptions } from '../../src/connectors/azure-devops/api.ts';
import { createAzureDevOps } from '../../src/connectors/azure-devops/azure-devops.ts';
import { httpFor } from './connector-world.ts';

type Role = 'agent' | 'engineer';

export const project = 'AcmeImplementation';
export const field = (name: string, value: unknown) => ({ op: 'add', path: `/fields/${name}`, value });

export async function startBoards() {
  const faults = createFaults();
  const people = (['agent', 'engineer'] as const).map((role) => ({
    name: role,
    mail: `${role}@acme.test`,
    pat: `acme-${role}-pat`,
    role,
  }));
  const areas = [`${project}\\Web`, `${project}\\Website`];
  const tenant = { organization: 'acme', project, otherProjects: ['Secret'], areas, people };
  const listener = await listen(faults.wrap('azureDevOps', createBoards({ tenants: [tenant] }).fetch));

  /** What a person does on the board, by the plain API. */
  async function byHand(method: string, path: string, body?: unknown, role: Role = 'engineer') {
    const separator = path.includes('?') ? '&' : '?';
    const version = path.includes('api-version') ? '' : `${separator}api-version=7.1`;
    const response = await fetch(`${listener.url}/acme/${path}${version}`, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`:acme-${role}-pat`).toString('base64')}`,
        'content-type': 'application/json-patch+json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return (text === '' ? {} : JSON.parse(text)) as { id: number; rev: number };
  }

  const operations = (fields: Record<string, unknown>) =>
    Object.entries(fields).map(([name, value]) => field(name, value));

  return {
    faults,
    byHand,
    /** Uploads a file as a person's browser does, to be linked to a work item afterwards. */
    async uploadedFile(name: string, bytes: Uint8Array): Promise<{ id: string; url: string }> {
      const url = `${listener.url}/acme/${project}/_apis/wit/attachments?fileName=${name}&api-version=7.1`;
      const authorization = `Basic ${Buffer.from(':acme-engineer-pat').toString('base64')}`;
      const headers = { authorization, 'content-type': 'application/octet-stream' };
      const response = await fetch(url, { method: 'POST', headers, body: new Uint8Array(bytes) });
      return (await response.json()) as { id: string; url: string };
    },
    /** Files a bug and gives its id. */
    async file(fields: Record<string, unknown> = {}, inProject = project): Promise<number> {
      const all = operations({ 'System.Title': 'Guard keys', ...fields });
      return (await byHand('POST', `${inProject}/_apis/wit/workItems/$Bug`, all)).id;
    },
    set: (id: number, fields: Record<string, unknown>) =>
      byHand('PATCH', `_apis/wit/workItems/${id}`, operations(fields)),
    /** The tracker as this person's token sees it. */
    as(role: Role, options: Partial<AzureDevOpsOptions> = {}) {
      const pat = `acme-${role}-pat`;
      const contentFields = ['System.Title', 'System.Description'];
      const where = { baseUrl: listener.url, organization: 'acme', project, own: {}, contentFields };
      return createAzureDevOps({ ...where, pat, http: httpFor(pat), ...options });
    },
    close: () => listener.close(),
  };
}
