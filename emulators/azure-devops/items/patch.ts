/** Reads a JSON Patch document like Azure DevOps: operation names in any case or as numbers, and only a few paths. */
import { errors } from '../api/errors.ts';

/** One operation of a patch, by what it changes. */
export type Operation =
  | { on: 'rev'; tested: unknown }
  | { on: 'field'; op: 'add' | 'replace' | 'remove' | 'test'; name: string; value: unknown }
  | { on: 'format'; name: string; value: unknown }
  | { on: 'relation-add'; value: unknown }
  | { on: 'relation-remove'; index: number }
  | { on: 'relation-comment'; index: number; value: unknown };

/** In the order of the API's numbers. */
const operationNames = ['add', 'remove', 'replace', 'move', 'copy', 'test'] as const;

function operationName(op: unknown): (typeof operationNames)[number] {
  const name =
    typeof op === 'number' ? operationNames[op] : operationNames.find((known) => known === String(op).toLowerCase());
  if (!name || name === 'move' || name === 'copy') throw errors.badPatch(`The operation '${op}' is not supported.`);
  return name;
}

function operationOf(entry: unknown): Operation {
  if (typeof entry !== 'object' || entry === null || !('op' in entry) || !('path' in entry)) throw errors.badPatch();
  const op = operationName(entry.op);
  const path = String(entry.path);
  const value = 'value' in entry ? entry.value : undefined;
  const [, root = '', rest = ''] = /^\/([^/]+)(?:\/(.+))?$/.exec(path) ?? [];
  switch (root.toLowerCase()) {
    case 'rev':
      if (op === 'test') return { on: 'rev', tested: value };
      break;
    case 'fields':
      if (rest && op !== 'move' && op !== 'copy') return { on: 'field', op, name: rest, value };
      break;
    case 'multilinefieldsformat':
      if (rest && op !== 'remove') return { on: 'format', name: rest, value };
      break;
    case 'relations':
      if (op === 'add' && rest === '-') return { on: 'relation-add', value };
      if (op === 'remove' && /^\d+$/.test(rest)) return { on: 'relation-remove', index: Number(rest) };
      if ((op === 'add' || op === 'replace') && /^\d+\/attributes\/comment$/.test(rest))
        return { on: 'relation-comment', index: Number.parseInt(rest, 10), value };
      break;
  }
  throw errors.badPatch(`The path '${path}' cannot be used with the operation '${op}'.`);
}

/** Throws a 400 if the body is not an array of operations. */
export function readPatch(body: unknown): Operation[] {
  if (!Array.isArray(body)) throw errors.badPatch();
  return body.map(operationOf);
}
