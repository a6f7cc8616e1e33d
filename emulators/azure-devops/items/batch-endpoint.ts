/** `$batch`: several creates and updates in one request; either all are stored or none. */
import { type Call, type Endpoint, valueList } from '../api/call.ts';
import { ApiError, errors } from '../api/errors.ts';
import { findProject } from '../process/type-endpoints.ts';
import { createItem, updateItem } from './change.ts';
import { readPatch } from './patch.ts';
import { itemView } from './views.ts';

const jsonHeaders = { 'Content-Type': 'application/json; charset=utf-8' };

interface Part {
  uri: string;
  body: unknown;
}

function readPart(raw: unknown): Part {
  if (typeof raw !== 'object' || raw === null || !('uri' in raw) || !('body' in raw)) throw errors.badPatch();
  return { uri: String(raw.uri), body: raw.body };
}

/** Executes one part; its uri is that of the single call, with or without a project. */
function carryOut(call: Call, { uri, body }: Part) {
  const path = decodeURIComponent(uri.replace(/\?.*$/, ''));
  const [, project, id, type] = /^\/?(?:([^/_][^/]*)\/)?_apis\/wit\/workitems\/(?:(\d+)|\$([^/]+))$/i.exec(path) ?? [];
  const options = { by: call.person, bypassRules: /[?&]bypassRules=true/i.test(uri) };
  if (id !== undefined) return updateItem(call.tenant, Number(id), readPatch(body), options);
  const home = project === undefined ? call.project : findProject(call, project);
  if (type === undefined || home === undefined) throw errors.badArgument(`The uri '${uri}' cannot be part of a batch.`);
  return createItem(call.tenant, home.name, type, readPatch(body), options);
}

export const batchEndpoint: Endpoint = {
  method: 'PATCH',
  path: '/_apis/wit/$batch',
  location: 'wit/batch',
  answer(call) {
    if (!Array.isArray(call.body)) throw errors.badPatch();
    const parts = call.body.map(readPart);
    try {
      const items = call.tenant.atomically(() => parts.map((part) => carryOut(call, part)));
      const expand = { relations: true, links: true, all: false };
      return valueList(
        items.map((item) => ({ code: 200, headers: jsonHeaders, body: JSON.stringify(itemView(call, item, expand)) })),
      );
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const failed = { code: error.status, headers: jsonHeaders, body: JSON.stringify(error.body()) };
      return valueList(parts.map(() => failed));
    }
  },
};
