/** `$batch`: several creates and updates in one request; either all are stored or none. */
import { type Call, type Endpoint, valueList } from '../api/call.ts';
import { ApiError, errors } from '../api/errors.ts';
import type { WorkItem } from '../model.ts';
import { findProject } from '../process/type-endpoints.ts';
import { createItem, updateItem } from './change.ts';
import { readPatch } from './patch.ts';
import { itemView } from './views.ts';

const jsonHeaders = { 'Content-Type': 'application/json; charset=utf-8' };

interface Part {
  uri: string;
  body: readonly unknown[];
  /** The negative number by which later parts name what this one creates. */
  temporaryId?: string;
}

function readPart(raw: unknown): Part {
  if (typeof raw !== 'object' || raw === null || !('uri' in raw) || !('body' in raw)) throw errors.badPatch();
  const operations: unknown[] = Array.isArray(raw.body) ? raw.body : [];
  const isName = (operation: unknown) => valueAt(operation, '/id') !== undefined;
  const temporaryId = operations.map((operation) => valueAt(operation, '/id')).find((value) => value !== undefined);
  const body = operations.filter((operation) => !isName(operation));
  return { uri: String(raw.uri), body, ...(temporaryId === undefined ? {} : { temporaryId: String(temporaryId) }) };
}

/** The value of an operation, if it is on this path. */
function valueAt(operation: unknown, path: string): unknown {
  const isObject = typeof operation === 'object' && operation !== null;
  return isObject && 'path' in operation && 'value' in operation && operation.path === path
    ? operation.value
    : undefined;
}

/** A link to a work item that an earlier part creates has that part's temporary id in its url. */
function withRealIds(body: readonly unknown[], made: ReadonlyMap<string, number>): unknown[] {
  return body.map((operation) => {
    const link = valueAt(operation, '/relations/-');
    if (typeof link !== 'object' || link === null || !('url' in link)) return operation;
    const url = String(link.url).replace(/-\d+$/, (id) => String(made.get(id) ?? id));
    return { ...(operation as object), value: { ...link, url } };
  });
}

/** Executes one part; its uri is that of the single call, with or without a project. */
function carryOut(call: Call, { uri, body }: Part) {
  const path = decodeURIComponent(uri.replace(/\?.*$/, ''));
  const [, project, id, type] = /^\/?(?:([^/_][^/]*)\/)?_apis\/wit\/workitems\/(?:(\d+)|\$([^/]+))$/i.exec(path) ?? [];
  const isOn = (name: string) => new RegExp(`[?&]${name}=true`, 'i').test(uri);
  const options = { by: call.person, bypassRules: isOn('bypassRules'), validateOnly: isOn('validateOnly') };
  if (id !== undefined) return updateItem(call.tenant, Number(id), readPatch(body), options);
  const home = project === undefined ? call.project : findProject(call, project);
  if (type === undefined || home === undefined) throw errors.badArgument(`The uri '${uri}' cannot be part of a batch.`);
  return createItem(call.tenant, home.name, type, readPatch(body), options);
}

function carryOutAll(call: Call, parts: readonly Part[]): WorkItem[] {
  const made = new Map<string, number>();
  return call.tenant.atomically(() =>
    parts.map(({ uri, body, temporaryId }) => {
      const item = carryOut(call, { uri, body: withRealIds(body, made) });
      if (temporaryId !== undefined) made.set(temporaryId, item.id);
      return item;
    }),
  );
}

/** The body of a part that failed is wrapped once more. */
const failureOf = ({ status, message }: ApiError) => ({
  code: status,
  headers: jsonHeaders,
  body: JSON.stringify({ count: 1, value: { Message: message } }),
});

function answer(call: Call) {
  if (!Array.isArray(call.body)) throw errors.badPatch();
  const parts = call.body.map(readPart);
  try {
    const expand = { relations: true, links: true, all: false };
    return valueList(
      carryOutAll(call, parts).map((item) => ({
        code: 200,
        headers: jsonHeaders,
        body: JSON.stringify(itemView(call, item, expand)),
      })),
    );
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const failed = failureOf(error);
    return valueList(parts.map(() => failed));
  }
}

export const batchEndpoints: readonly Endpoint[] = (['PATCH', 'POST'] as const).map(
  (method): Endpoint => ({ method, path: '/_apis/wit/$batch', location: 'wit/batch', answer }),
);
