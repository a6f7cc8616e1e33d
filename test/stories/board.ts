/** What people can do on the board beyond the demo's engineer: edit and delete comments, patch fields, forge, look back. */
import { projectOf, type TenantName } from '../../emulators/tenants.ts';
import type { World } from './world.ts';

interface Comment {
  id: number;
  text: string;
  createdBy: { displayName: string };
}

interface Item {
  fields: Record<string, unknown>;
  rev: number;
}

export interface Board {
  comments(workItemId: number): Promise<Comment[]>;
  editComment(workItemId: number, commentId: number, text: string): Promise<void>;
  deleteComment(workItemId: number, commentId: number): Promise<void>;
  item(workItemId: number): Promise<Item>;
  /** Sets all fields in one revision; with `bypassRules` also those that say who changed it. */
  set(workItemId: number, fields: Record<string, unknown>, bypassRules?: boolean): Promise<void>;
  /** Links the second work item to the first as one that comes after it. */
  precede(before: number, after: number): Promise<void>;
  /** Into the recycle bin. */
  remove(workItemId: number): Promise<void>;
  /** Uploads a file; its address. */
  upload(name: string, bytes: Uint8Array): Promise<string>;
  /** Uploads a file and links it to the work item, in one revision of it. */
  attach(workItemId: number, name: string, bytes: Uint8Array): Promise<void>;
  /** The states the tile went through, oldest first, each once. */
  states(workItemId: number): Promise<string[]>;
}

/** The board as the holder of the PAT sees it; without one, as the engineer sees it. */
export function boardOf({ emulators }: World, tenant: TenantName = 'acme', pat?: string): Board {
  const { urls, tenants } = emulators;
  const token = pat ?? tenants[tenant].secrets.pats.engineer;
  const authorization = `Basic ${Buffer.from(`:${token}`).toString('base64')}`;
  const base = `${urls.azureDevOps}/${tenant}/${encodeURIComponent(projectOf(tenant))}/_apis/wit/workItems`;

  async function ask<T>(path: string, method = 'GET', body?: unknown): Promise<T> {
    const type = Array.isArray(body) ? 'application/json-patch+json' : 'application/json';
    const init = { method, headers: { authorization, 'content-type': type } };
    const answer = await fetch(`${base}/${path}`, body === undefined ? init : { ...init, body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  async function upload(name: string, bytes: Uint8Array): Promise<string> {
    const headers = { authorization, 'content-type': 'application/octet-stream' };
    const address = `${base.replace(/workItems$/, 'attachments')}?fileName=${name}&api-version=7.1`;
    const answer = await fetch(address, { method: 'POST', headers, body: new Uint8Array(bytes) });
    return ((await answer.json()) as { url: string }).url;
  }

  const commentPath = (id: number, comment: string) => `${id}/comments${comment}api-version=7.1-preview.4`;
  return {
    comments: async (id) => (await ask<{ comments: Comment[] }>(commentPath(id, '?order=asc&'))).comments,
    editComment: (id, comment, text) => ask(commentPath(id, `/${comment}?`), 'PATCH', { text }),
    deleteComment: (id, comment) => ask(commentPath(id, `/${comment}?`), 'DELETE'),
    item: (id) => ask(`${id}?api-version=7.1`),
    set: (id, fields, bypassRules = false) => {
      const operations = Object.entries(fields).map(([name, value]) => ({ op: 'add', path: `/fields/${name}`, value }));
      return ask(`${id}?api-version=7.1&bypassRules=${bypassRules}`, 'PATCH', operations);
    },
    precede: (before, after) => {
      const value = { rel: 'System.LinkTypes.Dependency-Reverse', url: `${base}/${before}` };
      return ask(`${after}?api-version=7.1`, 'PATCH', [{ op: 'add', path: '/relations/-', value }]);
    },
    remove: (id) => ask(`${id}?api-version=7.1`, 'DELETE'),
    upload,
    async attach(id, name, bytes) {
      const url = await upload(name, bytes);
      await ask(`${id}?api-version=7.1`, 'PATCH', [
        { op: 'add', path: '/relations/-', value: { rel: 'AttachedFile', url } },
      ]);
    },
    async states(id) {
      const { value } = await ask<{ value: Item[] }>(`${id}/revisions?api-version=7.1`);
      const all = value.map(({ fields }) => String(fields['System.State']));
      return all.filter((state, index) => state !== all[index - 1]);
    },
  };
}
