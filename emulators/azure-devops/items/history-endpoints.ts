/** The history of work items over HTTP: updates, revisions and the report of all revisions. */
import { type Call, countOf, type Endpoint, enumValue, expandOf, idPattern, listOf, valueList } from '../api/call.ts';
import { errors } from '../api/errors.ts';
import type { Revision, WorkItem } from '../model.ts';
import { findField } from '../process/fields.ts';
import { itemOf } from './item-endpoints.ts';
import { current } from './item-store.ts';
import { dateView, itemUrl, itemView, selectedFields, updateView } from './views.ts';

const pageMax = 200;
const reportPageMax = 1_000;

/** The part of a list selected by `$top` and `$skip`. */
function page<T>(call: Call, rows: readonly T[]): T[] {
  const skip = countOf(call.query('skip'), 0, Number.MAX_SAFE_INTEGER);
  return rows.slice(skip, skip + countOf(call.query('top'), pageMax, pageMax));
}

function revisionOf(item: WorkItem, rev: number): Revision {
  const revision = item.revisions[rev - 1];
  if (!revision) throw errors.missingRevision(item.id, rev);
  return revision;
}

function revisionView(call: Call, item: WorkItem, revision: Revision, links: boolean) {
  const expand = expandOf(call.query('expand'), undefined);
  const view = itemView(call, item, { ...expand, links }, undefined, revision);
  return { ...view, url: `${itemUrl(call, item)}/revisions/${revision.rev}` };
}

/** `813;350;1` -> 813. Tokens are opaque to callers. */
function watermarkOf(call: Call): number {
  const token = call.query('continuationToken') ?? call.query('watermark');
  const since = call.query('startDateTime');
  if (token !== undefined && since !== undefined)
    throw errors.badArgument('The continuationToken and startDateTime parameters can not be used together.');
  if (token !== undefined) return Number.parseInt(token, 10) || 0;
  if (since === undefined) return 0;
  const at = Date.parse(since);
  if (Number.isNaN(at))
    throw errors.badArgument(`The value '${since}' is not a valid date for the parameter 'startDateTime'.`);
  const revisions = call.tenant.allItems().flatMap((item) => item.revisions);
  return Math.max(0, ...revisions.filter((revision) => Date.parse(revision.at) < at).map(({ watermark }) => watermark));
}

function reportedFields(call: Call, item: WorkItem, revision: Revision) {
  const withLongText = enumValue(call.query('expand'), { none: 0, fields: 1 }, 'none', '$expand') === 'fields';
  const withIdentity = call.query('includeIdentityRef')?.toLowerCase() === 'true';
  const all = selectedFields({ ...call, version: 4 }, item, revision, true, listOf(call.query('fields')));
  const entries = Object.entries(all).flatMap(([name, value]) => {
    const type = findField(name)?.type;
    if (!withLongText && (type === 'html' || type === 'history')) return [];
    if (type !== 'identity' || !withIdentity) return [[name, value]];
    const mail = /<(.+)>$/.exec(String(value))?.[1];
    return [[name, { id: call.tenant.people.find((person) => person.mail === mail)?.id, uniqueName: value }]];
  });
  return Object.fromEntries(entries);
}

/** All revisions after the watermark, oldest first; the token stays valid even if this was the last batch. */
function report(call: Call) {
  const from = watermarkOf(call);
  const isOn = (name: string) => call.query(name)?.toLowerCase() === 'true';
  const types = listOf(call.query('types'))?.map((type) => type.toLowerCase());
  const rows = call.tenant
    .allItems()
    .filter((item) => isOn('includeDeleted') || !item.deleted)
    .flatMap((item) => item.revisions.map((revision) => ({ item, revision })))
    .filter(
      ({ item, revision }) => revision.watermark > from && (!isOn('includeLatestOnly') || revision === current(item)),
    )
    .filter(({ revision }) => !call.project || revision.fields['System.TeamProject'] === call.project.name)
    .filter(({ revision }) => !types || types.includes(String(revision.fields['System.WorkItemType']).toLowerCase()))
    .sort((a, b) => a.revision.watermark - b.revision.watermark);
  const batch = rows.slice(0, countOf(call.query('maxPageSize'), pageMax, reportPageMax) || pageMax);
  const last = batch.at(-1);
  const token = last
    ? `${last.revision.watermark};${last.item.id};${last.revision.rev}`
    : (call.query('continuationToken') ?? `${from}`);
  const scope = call.project ? `${call.base}/${call.project.id}` : call.base;
  return {
    values: batch.map(({ item, revision }) => ({
      id: item.id,
      rev: revision.rev,
      fields: reportedFields(call, item, revision),
      ...(item.deleted && { isDeleted: true, deletedDate: dateView(item.deleted.at) }),
    })),
    nextLink: `${scope}/_apis/wit/reporting/workItemRevisions?continuationToken=${encodeURIComponent(token)}`,
    continuationToken: token,
    isLastBatch: batch.length === rows.length,
  };
}

const itemPath = `/_apis/wit/workitems/:id{${idPattern}}`;

export const historyEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: `${itemPath}/updates`,
    location: 'wit/updates',
    answer(call, { id }) {
      const item = itemOf(call, Number(id));
      return valueList(page(call, item.revisions).map((revision) => updateView(call, item, revision)));
    },
  },
  {
    method: 'GET',
    path: `${itemPath}/updates/:number{${idPattern}}`,
    location: 'wit/updates',
    answer(call, { id, number }) {
      const item = itemOf(call, Number(id));
      return updateView(call, item, revisionOf(item, Number(number)));
    },
  },
  {
    method: 'GET',
    path: `${itemPath}/revisions`,
    location: 'wit/revisions',
    answer(call, { id }) {
      const item = itemOf(call, Number(id));
      return valueList(page(call, item.revisions).map((revision) => revisionView(call, item, revision, false)));
    },
  },
  {
    method: 'GET',
    path: `${itemPath}/revisions/:rev{${idPattern}}`,
    location: 'wit/revisions',
    answer(call, { id, rev }) {
      const item = itemOf(call, Number(id));
      return revisionView(call, item, revisionOf(item, Number(rev)), true);
    },
  },
  ...(['GET', 'POST'] as const).map(
    (method): Endpoint => ({
      method,
      path: '/_apis/wit/reporting/workitemrevisions',
      location: 'wit/workItemRevisions',
      answer: report,
    }),
  ),
];
