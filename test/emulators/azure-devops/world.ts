/** Two organizations on loopback with a person's calls to them, for the protocol tests of the boards emulator. */
import { afterAll } from 'vitest';
import { createAzureDevOps } from '../../../emulators/azure-devops/azure-devops.ts';
import type { Change, TenantOptions } from '../../../emulators/azure-devops/model.ts';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { listen } from '../../../src/base/http.ts';

const tenantOf = (organization: string, project: string): TenantOptions => ({
  organization,
  project,
  otherProjects: ['Sandbox'],
  areas: [`${project}\\Web`],
  iterations: [`${project}\\Sprint 1`],
  people: [
    { name: 'Ada Agent', mail: `ada@${organization}.test`, pat: `${organization}-agent`, role: 'agent' },
    { name: 'Eli Engineer', mail: `eli@${organization}.test`, pat: `${organization}-engineer`, role: 'engineer' },
    { name: 'Olga Other', mail: `olga@${organization}.test`, pat: `${organization}-other`, role: 'other' },
    { name: 'Sam Smith', mail: `sam@${organization}.test`, role: 'other' },
    { name: 'Sam Smith', mail: `sam2@${organization}.test`, role: 'other' },
  ],
  groups: [
    { name: 'Release approvers', members: [`eli@${organization}.test`] },
    { name: 'Web Team', members: [`eli@${organization}.test`, `sam@${organization}.test`], isTeam: true },
  ],
});

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // The answers' shapes are what these tests are about.
  // biome-ignore lint/suspicious/noExplicitAny: a protocol test looks into answers of any shape
  json: any;
}

export interface Asking {
  method?: string;
  body?: unknown;
  pat?: string;
  type?: string;
  headers?: Record<string, string>;
}

export const patchType = 'application/json-patch+json';

export async function createWorld(
  options: { clock?: Clock; queryResultsMax?: number; types?: TenantOptions['workItemTypes'] } = {},
) {
  const changes: Change[] = [];
  const { clock = systemClock, queryResultsMax = 20_000, types } = options;
  const tenants = [tenantOf('acme', 'AcmeImplementation'), tenantOf('globex', 'GlobexImplementation')];
  const emulator = createAzureDevOps({
    tenants: tenants.map((tenant) => ({ ...tenant, ...(types && { workItemTypes: types }) })),
    clock,
    queryResultsMax,
    onChange: (change) => changes.push(change),
  });
  const listener = await listen((request) => emulator.fetch(request));
  afterAll(() => listener.close());

  /** One call to `/acme` + path, with api-version 7.1 unless the path names one. */
  async function ask(
    path: string,
    { method = 'GET', body, pat = 'acme-engineer', type, headers }: Asking = {},
  ): Promise<Answer> {
    const versioned = path.includes('api-version') ? path : `${path}${path.includes('?') ? '&' : '?'}api-version=7.1`;
    const address = versioned.startsWith('/') ? versioned : `/acme/${versioned}`;
    const response = await fetch(listener.url + address, {
      method,
      redirect: 'manual',
      headers: {
        authorization: `Basic ${Buffer.from(`:${pat}`).toString('base64')}`,
        'x-tfs-fedauthredirect': 'Suppress',
        ...(body === undefined ? {} : { 'content-type': type ?? 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
  }

  const patch = (id: number, body: unknown[], asking: Asking & { query?: string } = {}) =>
    ask(`_apis/wit/workItems/${id}?${asking.query ?? ''}&api-version=7.1`, {
      method: 'PATCH',
      body,
      type: patchType,
      ...asking,
    });

  /** Files a work item and gives its id. */
  async function file(title: string, fields: Record<string, unknown> = {}, type = 'Bug'): Promise<number> {
    const body = Object.entries({ 'System.Title': title, ...fields }).map(([name, value]) => set(name, value));
    const answer = await ask(`AcmeImplementation/_apis/wit/workItems/$${type}`, {
      method: 'POST',
      body,
      type: patchType,
    });
    if (answer.status !== 200) throw new Error(answer.text);
    return answer.json.id;
  }

  return { url: listener.url, emulator, changes, ask, patch, file };
}

export const set = (name: string, value: unknown) => ({ op: 'add', path: `/fields/${name}`, value });
export const testRev = (value: number) => ({ op: 'test', path: '/rev', value });
