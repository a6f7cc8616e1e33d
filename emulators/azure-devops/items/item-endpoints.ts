/** Work items over HTTP: read one or many, create, change, delete. */
import {
  type Call,
  type Endpoint,
  enumValue,
  expandOf,
  idPattern,
  listOf,
  objectBody,
  valueList,
} from '../api/call.ts';
import { ApiError, errors } from '../api/errors.ts';
import type { Revision, WorkItem } from '../model.ts';
import { fieldNamed } from '../process/fields.ts';
import { type ChangeOptions, createItem, updateItem } from './change.ts';
import { current } from './item-store.ts';
import { readPatch } from './patch.ts';
import { dateView, itemUrl, itemView, personView } from './views.ts';

const idsMax = 200;
const patchMediaType = 'application/json-patch+json';
const errorPolicies = { fail: 1, omit: 2 };
const one = { relations: false, links: true, all: false };

/** The work item, if it belongs to the project in the url. */
export function itemOf(call: Call, id: number): WorkItem {
  const item = call.tenant.item(id);
  if (call.project && current(item).fields['System.TeamProject'] !== call.project.name) throw errors.missingItem(id);
  return item;
}

/** The revision at a time; before its creation the work item does not exist. */
function revisionAt(item: WorkItem, asOf: unknown): Revision {
  if (asOf === undefined || asOf === null) return current(item);
  const at = Date.parse(String(asOf));
  if (Number.isNaN(at)) throw errors.badArgument(`The value '${asOf}' is not a valid date for the parameter 'asOf'.`);
  const found = item.revisions.findLast((revision) => Date.parse(revision.at) <= at);
  if (!found) throw errors.missingItem(item.id);
  return found;
}

function changeOptions(call: Call): ChangeOptions {
  const isOn = (name: string) => call.query(name)?.toLowerCase() === 'true';
  return { by: call.person, bypassRules: isOn('bypassRules'), validateOnly: isOn('validateOnly') };
}

const knownNames = (names: string[] | undefined) => names?.map((name) => fieldNamed(name).referenceName);

interface ManyAsked {
  ids: readonly unknown[];
  fields: string[] | undefined;
  expand: unknown;
  asOf: unknown;
  errorPolicy: unknown;
}

/** For list and batch: one invalid id fails the whole call, or becomes null in the result. */
function readMany(call: Call, { ids, fields, expand, asOf, errorPolicy }: ManyAsked) {
  if (ids.length > idsMax)
    throw errors.badArgument(
      `VS402423: The number of work items requested, ${ids.length}, exceeds the limit of ${idsMax}.`,
    );
  const names = knownNames(fields);
  const expanded = expandOf(expand, names);
  const omit = enumValue(errorPolicy, errorPolicies, 'fail', 'errorPolicy') === 'omit';
  const rows = ids.map((raw) => {
    try {
      const item = itemOf(call, Number(raw));
      return itemView(call, item, expanded, names, revisionAt(item, asOf));
    } catch (error) {
      if (omit && error instanceof ApiError) return null;
      throw error;
    }
  });
  return valueList(rows);
}

function remove(call: Call, item: WorkItem) {
  const { fields } = current(item);
  const url = itemUrl(call, item);
  const gone = call.tenant.remove(item, call.person);
  const { by, at } = gone.deleted ?? { by: call.person, at: '' };
  return {
    id: item.id,
    type: fields['System.WorkItemType'],
    name: fields['System.Title'],
    project: fields['System.TeamProject'],
    deletedDate: dateView(at),
    deletedBy: personView(call, by),
    code: 200,
    url: url.replace(/workItems\/\d+$/, `recyclebin/${item.id}`),
    resource: itemView(call, item, { relations: true, links: false, all: false }),
  };
}

const update: Endpoint['answer'] = (call, { id }) => {
  const item = itemOf(call, Number(id));
  const expand = expandOf(call.query('expand'), undefined);
  const next = updateItem(call.tenant, item.id, readPatch(call.body), changeOptions(call));
  return itemView(call, next, { ...expand, links: true, relations: true });
};

const create: Endpoint['answer'] = (call, { type = '' }) => {
  if (!call.project) throw errors.missingProject('');
  const made = createItem(call.tenant, call.project.name, type.slice(1), readPatch(call.body), changeOptions(call));
  return itemView(call, made, { ...one, relations: true });
};

const items = '/_apis/wit/workitems';

export const itemEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: `${items}/:id{${idPattern}}`,
    location: 'wit/workItems',
    answer(call, { id }) {
      const names = knownNames(listOf(call.query('fields')));
      const expand = expandOf(call.query('expand'), names);
      const item = itemOf(call, Number(id));
      return itemView(call, item, { ...expand, links: true }, names, revisionAt(item, call.query('asOf')));
    },
  },
  {
    method: 'GET',
    path: items,
    location: 'wit/workItems',
    answer: (call) =>
      readMany(call, {
        ids: listOf(call.query('ids')) ?? [],
        fields: listOf(call.query('fields')),
        expand: call.query('expand'),
        asOf: call.query('asOf'),
        errorPolicy: call.query('errorPolicy'),
      }),
  },
  {
    method: 'POST',
    path: '/_apis/wit/workitemsbatch',
    location: 'wit/workItemsBatch',
    answer(call) {
      const { ids, fields, $expand: expand, asOf, errorPolicy } = objectBody(call);
      if (!Array.isArray(ids)) throw errors.badArgument('Value cannot be null. Parameter name: ids');
      const names = Array.isArray(fields) && fields.length > 0 ? fields.map(String) : undefined;
      return readMany(call, { ids, fields: names, expand, asOf, errorPolicy });
    },
  },
  {
    method: 'PATCH',
    path: `${items}/:id{${idPattern}}`,
    location: 'wit/workItems',
    mediaType: patchMediaType,
    answer: update,
  },
  {
    method: 'POST',
    path: `${items}/:type{\\$.+}`,
    location: 'wit/workItems',
    mediaType: patchMediaType,
    answer: create,
  },
  {
    method: 'PATCH',
    path: `${items}/:type{\\$.+}`,
    location: 'wit/workItems',
    mediaType: patchMediaType,
    answer: create,
  },
  {
    method: 'DELETE',
    path: `${items}/:id{${idPattern}}`,
    location: 'wit/workItems',
    answer: (call, { id }) => remove(call, itemOf(call, Number(id))),
  },
];
