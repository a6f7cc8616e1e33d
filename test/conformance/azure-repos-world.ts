/** Azure Repos as a world of the code hosts' shared cases, with its people's own calls. */
import { join } from 'node:path';
import { type AzureDevOps, createAzureDevOps } from '../../emulators/azure-devops/azure-devops.ts';
import { createFaults } from '../../emulators/control/faults.ts';
import { systemClock } from '../../src/base/clock.ts';
import { listen } from '../../src/base/http.ts';
import { createAzureRepos } from '../../src/connectors/azure-repos/azure-repos.ts';
import { startGitWorld } from '../emulators/git-world.ts';
import type { CodeHostWorld, Role } from './code-host.ts';
import { httpFor } from './connector-world.ts';

export const project = 'AcmeImplementation';
const repository = 'jsonpointer';
const patOf = (role: Role) =>
  role === 'other-tenant' ? 'globex-agent-pat' : role === 'dead' ? 'dead-token-123' : `acme-${role}-pat`;

function organizationOf(folder: string, organization: 'acme' | 'globex') {
  const person = (name: string, role: 'agent' | 'engineer' | 'other') => ({
    name,
    mail: `${name}@${organization}.test`,
    pat: `${organization}-${name}-pat`,
    role,
  });
  return {
    organization,
    project: organization === 'acme' ? project : 'GlobexImplementation',
    repositories: [{ name: repository, directory: join(folder, `${organization}.git`) }],
    people: [
      person('agent', 'agent'),
      person('engineer', 'engineer'),
      person('guest', 'other'),
      { ...person('reader', 'other'), code: 'read' as const },
    ],
  };
}

export interface AzureReposWorld extends CodeHostWorld {
  url: string;
  azure: AzureDevOps;
  /** A person's call to the project. */
  call(method: string, path: string, body?: unknown, role?: Role): Promise<Record<string, unknown>>;
  complete(number: number, options: Record<string, unknown>): Promise<Record<string, unknown>>;
}

export async function startAzureReposWorld(): Promise<AzureReposWorld> {
  const world = await startGitWorld();
  const faults = createFaults();
  const azure = createAzureDevOps({
    tenants: [organizationOf(world.folder, 'acme'), organizationOf(world.folder, 'globex')],
  });
  const watched = await listen(faults.wrap('azureDevOps', azure.fetch));
  const pulls = `_apis/git/repositories/${repository}/pullrequests`;
  const shaOf = async (branch: string) => (await world.repository.branches()).get(branch) ?? '';

  async function call(method: string, path: string, body?: unknown, role: Role = 'engineer') {
    const separator = path.includes('?') ? '&' : '?';
    const version = path.includes('api-version') ? '' : `${separator}api-version=7.1`;
    const response = await fetch(`${watched.url}/acme/${project}/${path}${version}`, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`:${patOf(role)}`).toString('base64')}`,
        'content-type': path.includes('/wit/') ? 'application/json-patch+json' : 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return JSON.parse(text) as Record<string, unknown>;
  }

  const change = (number: number, body: unknown) => call('PATCH', `${pulls}/${number}`, body);

  /** Asks for the completion, and looks until the queue has come to it. */
  async function complete(number: number, completionOptions: Record<string, unknown>) {
    const { lastMergeSourceCommit } = await call('GET', `${pulls}/${number}`);
    await change(number, { status: 'completed', lastMergeSourceCommit, completionOptions });
    for (;;) {
      await systemClock.sleep(10);
      const pull = await call('GET', `${pulls}/${number}`);
      if (pull.mergeStatus !== 'queued') return pull;
    }
  }

  async function vote(number: number, value: number) {
    const engineer = azure.tenant('acme').people.find(({ role }) => role === 'engineer');
    await call('PUT', `${pulls}/${number}/reviewers/${engineer?.id}`, { vote: value });
  }

  async function say(number: number, content: string, role: Role = 'engineer') {
    await call('POST', `${pulls}/${number}/threads`, { comments: [{ content, commentType: 1 }], status: 1 }, role);
  }

  return {
    target: 'azureDevOps',
    faults,
    url: watched.url,
    azure,
    call,
    complete,
    as(role, answersFolder) {
      const token = patOf(role);
      const place = { baseUrl: watched.url, organization: 'acme', project, repository, hasTracker: true };
      return createAzureRepos({ ...place, token, http: { ...httpFor(token), answersFolder } });
    },
    nameOf: (role) => `${role}@acme.test`,
    async push(branch, from = 'customer/acme', role = 'agent') {
      const remote = `${watched.url.replace('//', `//x:${patOf(role)}@`)}/acme/${project}/_git/${repository}`;
      await world.pushBranch(branch, `${branch.replaceAll('/', '-')}-${role}.txt`, 'x\n', from, remote);
      return shaOf(branch);
    },
    shaOf,
    byHand: {
      async open(branch) {
        const refs = { sourceRefName: `refs/heads/${branch}`, targetRefName: 'refs/heads/customer/acme' };
        return Number((await call('POST', pulls, { ...refs, title: 't' }, 'agent')).pullRequestId);
      },
      publish: async (number) => void (await change(number, { isDraft: false })),
      async merge(number, how) {
        await complete(number, { mergeStrategy: how === 'merge' ? 'noFastForward' : how });
      },
      close: async (number) => void (await change(number, { status: 'abandoned' })),
      retarget: async (number, base) => void (await change(number, { targetRefName: `refs/heads/${base}` })),
      comment: (number, role, text) => say(number, text, role),
      async requestChanges(number, text) {
        await say(number, text);
        await vote(number, -5);
      },
      approve: (number) => vote(number, 10),
      async check(number, name, state, description) {
        const states = { pending: 'pending', passed: 'succeeded', failed: 'failed' };
        await call('POST', `${pulls}/${number}/statuses`, { state: states[state], description, context: { name } });
      },
    },
    async close() {
      await Promise.all([watched.close(), world.close()]);
    },
  };
}
