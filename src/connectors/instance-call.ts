/** A read that an agent makes of its customer's instance: kept below the configured address, its pages put together. */

import { resolveInside } from '../base/inside.ts';
import { type Refusal, refuse } from '../refusal.ts';
import type { HttpClient } from './http/http-client.ts';
import { nextLink } from './http/outside.ts';

export interface InstanceCall {
  method: string;
  /** Below the configured address, beginning with one slash; may hold a query. */
  path: string;
  query?: Readonly<Record<string, string | number | boolean>>;
}

export interface CallResult {
  status: number;
  body: unknown;
  /** The path of the next page, where there are more than were read. */
  next?: string | undefined;
}

const pagesMax = 10;

/** Caches between us and the instance are to ask it again: an old answer would be taken for the present one. */
export const fresh = { 'cache-control': 'no-cache' };

/** Whatever says something about the request is an answer for the agent; the rest is ours to deal with. */
const isAnswer = (status: number) => status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status);

/** The path below `base` that a link in the answer to `path` leads to; undefined when it leads out. */
function linkedPath(base: string, path: string, link: string): string | undefined {
  const from = resolveInside(base, path);
  if (!from || !URL.canParse(link, from.href)) return undefined;
  const prefix = new URL(base).pathname.replace(/\/+$/, '');
  const to = new URL(link, from);
  if (to.origin !== from.origin || !to.pathname.startsWith(`${prefix}/`)) return undefined;
  const below = to.pathname.slice(prefix.length) + to.search;
  return resolveInside(base, below) ? below : undefined;
}

/** The list in a page: the body itself, or its only list. */
function listOf(body: unknown): { items: unknown[]; name?: string } | undefined {
  if (Array.isArray(body)) return { items: body };
  if (typeof body !== 'object' || body === null) return undefined;
  const lists = Object.entries(body).filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
  const [only] = lists;
  return only && lists.length === 1 ? { items: only[1], name: only[0] } : undefined;
}

/** Where a page says the next one is: a Link header or `next` in its body. */
function nextPageOf(headers: Pick<Headers, 'get'>, body: unknown): string | undefined {
  const inHeader = nextLink(headers.get('link'));
  if (inHeader) return inHeader;
  const next = typeof body === 'object' && body !== null && 'next' in body ? body.next : undefined;
  return typeof next === 'string' && next !== '' ? next : undefined;
}

/** Refuses with TOOL_PATH what leads elsewhere, and with TOOL_UNAVAILABLE every method but GET. */
export async function callInstance(
  client: HttpClient,
  base: string,
  { method, path, query }: InstanceCall,
): Promise<CallResult | Refusal> {
  if (method.toUpperCase() !== 'GET') return refuse('TOOL_UNAVAILABLE', `${method} would change the instance`);
  if (!resolveInside(base, path)) {
    return refuse('TOOL_PATH', `${JSON.stringify(path)} does not stay below the configured address`);
  }
  const items: unknown[] = [];
  for (let page = 1, at = path; ; page += 1) {
    const asked = page === 1 ? query : undefined;
    const { status, headers, body } = await client.get(at, { accepts: isAnswer, query: asked, headers: fresh });
    const list = status < 300 ? listOf(body) : undefined;
    const link = list && nextPageOf(headers, body);
    const next = link && linkedPath(base, at, link);
    items.push(...(list?.items ?? []));
    if (list && next && page < pagesMax) {
      at = next;
      continue;
    }
    if (!list || page === 1) return { status, body, next };
    const whole = list.name === undefined ? items : { ...(body as object), [list.name]: items };
    return { status, body: whole, next };
  }
}
