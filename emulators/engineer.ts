/** A person who uses the emulators: their actions on the board and on pull request pages, with their own tokens. */
import type { Emulators } from './start.ts';
import { projectOf, type TenantName } from './tenants.ts';

export interface NewItem {
  type: string;
  title: string;
  description: string;
  /** The description is Markdown; otherwise it is HTML. */
  isMarkdown?: boolean;
}

export interface Engineer {
  /** The url of a work item's page. */
  pageOf(workItemId: number): string;
  file(item: NewItem): Promise<number>;
  state(workItemId: number): Promise<string>;
  move(workItemId: number, state: string): Promise<void>;
  comment(workItemId: number, text: string): Promise<void>;
  setField(workItemId: number, field: string, value: string): Promise<void>;
  /** Marks the pull request as ready and merges it. */
  merge(number: number, method?: 'merge' | 'squash' | 'rebase'): Promise<void>;
}

export interface Person {
  pat: string;
}

/** Acts as the owner of the PAT; the engineer by default. */
export function createEngineer(emulators: Emulators, tenant: TenantName, person?: Person): Engineer {
  const { urls, tenants } = emulators;
  const place = tenants[tenant];
  const pat = person?.pat ?? place.secrets.pats.engineer;
  const authorization = `Basic ${Buffer.from(`:${pat}`).toString('base64')}`;
  const project = `${urls.azureDevOps}/${tenant}/${encodeURIComponent(projectOf(tenant))}`;
  const workItem = (id: number) => `${urls.azureDevOps}/${tenant}/_apis/wit/workItems/${id}?api-version=7.1`;

  async function ask(url: string, method: string, body?: unknown, type = 'application/json-patch+json') {
    const init = { method, headers: { authorization, 'content-type': type } };
    const answer = await fetch(url, body === undefined ? init : { ...init, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as { id: number; fields: Record<string, string> };
  }

  const set = (field: string, value: string) => ({ op: 'add', path: `/fields/${field}`, value });

  async function press(number: number, action: string, form: Record<string, string> = {}): Promise<void> {
    const answer = await fetch(`${urls.github}/${place.repository}/pull/${number}/${action}`, {
      method: 'POST',
      headers: { origin: urls.github, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form),
      redirect: 'manual',
    });
    if (answer.status !== 303) throw new Error(`${action} of pull request ${number}: ${await answer.text()}`);
  }

  return {
    pageOf: (id) => `${project}/_workitems/edit/${id}`,
    async file({ type, title, description, isMarkdown = false }) {
      const url = `${project}/_apis/wit/workItems/$${encodeURIComponent(type)}?api-version=7.1`;
      const format = { op: 'add', path: '/multilineFieldsFormat/System.Description', value: 'Markdown' };
      const fields = [set('System.Title', title), set('System.Description', description)];
      if (isMarkdown) fields.push(format);
      return (await ask(url, 'POST', fields)).id;
    },
    state: async (id) => (await ask(workItem(id), 'GET')).fields['System.State'] ?? '',
    move: async (id, state) => void (await ask(workItem(id), 'PATCH', [set('System.State', state)])),
    setField: async (id, field, value) => void (await ask(workItem(id), 'PATCH', [set(field, value)])),
    async comment(id, text) {
      const url = `${project}/_apis/wit/workItems/${id}/comments?format=markdown&api-version=7.1-preview.4`;
      await ask(url, 'POST', { text }, 'application/json');
    },
    async merge(number, method = 'merge') {
      await press(number, 'ready');
      await press(number, 'merge', { method });
    },
  };
}
