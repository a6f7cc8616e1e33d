/** Reads work items of Azure DevOps; items outside our project and area are left out. */
import type { z } from 'zod';
import { OutsideError } from '../../base/errors.ts';
import { known } from '../../base/known.ts';
import { toMarkdown } from '../../documents/incoming.ts';
import { limits } from '../../limits.ts';
import type { StateChange, TileComment, TrackerReads } from '../../work-items/tracker.ts';
import { type AzureDevOpsApi, type AzureDevOpsOptions, unlessGone } from './api.ts';
import { nameAttachment } from './rich-text.ts';
import {
  batchShape,
  commentsShape,
  connectionShape,
  type Placed,
  type PlacedTile,
  stateRevisionShape,
  statesShape,
  summaryFieldNames,
  summaryOf,
  tileOf,
  tilesShape,
  typesShape,
  updatesShape,
  wiqlShape,
  workItemShape,
} from './shapes.ts';
import { changedWiql, type OwnItems, taggedWiql } from './wiql.ts';

export const commentsVersion = { 'api-version': '7.1-preview.4' };

const pageItems = 200;
/** Well below the 20,000 results at which the server refuses a query. */
const wiqlPageItems = 10_000;

async function changedIds(
  api: AzureDevOpsApi,
  own: OwnItems,
  since: number | undefined,
  states: readonly string[],
): Promise<number[]> {
  if (since === undefined && states.length === 0) return [];
  const ids: number[] = [];
  for (;;) {
    const text = changedWiql({ ...own, since, states, afterId: ids.at(-1) });
    const more = { $top: wiqlPageItems, timePrecision: true };
    const { workItems } = await api.query(wiqlShape, `${api.inProject}/_apis/wit/wiql`, { query: text }, more);
    ids.push(...workItems.map(({ id }) => id));
    if (workItems.length < wiqlPageItems) return ids;
  }
}

/** Reads many work items in batches; the result has the order of the ids. */
async function inBatches<T extends Placed>(
  { isOurs }: AzureDevOpsApi,
  workItemIds: readonly number[],
  max: number,
  read: (ids: readonly number[]) => Promise<T[]>,
): Promise<T[]> {
  const found = new Map<number, T>();
  for (let at = 0; at < workItemIds.length; at += max) {
    for (const item of await read(workItemIds.slice(at, at + max))) found.set(item.workItemId, item);
  }
  return workItemIds
    .map((id) => found.get(id))
    .filter((item) => item !== undefined)
    .filter((item) => isOurs(item.project, item.areaPath));
}

function summaries(api: AzureDevOpsApi, workItemIds: readonly number[]): Promise<Placed[]> {
  return inBatches(api, workItemIds, limits.batchReadItemsMax, async (ids) => {
    const body = { ids, fields: summaryFieldNames, errorPolicy: 'omit' };
    const { value } = await api.query(batchShape, `${api.inProject}/_apis/wit/workitemsbatch`, body);
    return value.flatMap((item) => (item ? [summaryOf(item)] : []));
  });
}

/** Attachments are relations, and the server sends relations only together with all fields. */
function tiles(
  api: AzureDevOpsApi,
  workItemIds: readonly number[],
  contentFields: readonly string[],
): Promise<PlacedTile[]> {
  return inBatches(api, workItemIds, limits.batchTilesMax, async (ids) => {
    const body = { ids, $expand: 'relations', errorPolicy: 'omit' };
    const { value } = await api.query(tilesShape, `${api.inProject}/_apis/wit/workitemsbatch`, body);
    return value.flatMap((item) => (item ? [tileOf(item, contentFields)] : []));
  });
}

type Update = z.output<typeof updatesShape>['value'][number];

/** All changes of the state, oldest first. All updates are read, because any number of other updates can follow one. */
async function stateUpdates(api: AzureDevOpsApi, workItemId: number): Promise<Update[]> {
  const path = `${api.org}/_apis/wit/workItems/${workItemId}/updates`;
  const found: Update[] = [];
  for (let skip = 0; ; skip += pageItems) {
    const { value } = await api.get(updatesShape, path, { $top: pageItems, $skip: skip });
    for (const update of value) {
      const change = update.fields?.['System.State'];
      if (change && change.newValue !== change.oldValue) found.push(update);
    }
    if (value.length < pageItems) return found.sort((a, b) => a.rev - b.rev);
  }
}

/** The last change of the state, or the change that created revision `at`. */
async function stateChange(api: AzureDevOpsApi, workItemId: number, at?: number): Promise<StateChange | undefined> {
  if (!(await api.place(workItemId))) return undefined;
  const all = await stateUpdates(api, workItemId);
  const changes = at === undefined ? all : all.filter(({ rev }) => rev <= at);
  const update = changes.at(-1);
  if (!update || (at !== undefined && update.rev !== at)) return undefined;
  const other = changes.findLast(({ revisedBy }) => revisedBy.id !== update.revisedBy.id);
  // An update contains ChangedBy only if it differs from the update before, and never AuthorizedAs; the full revision has both.
  const path = `${api.org}/_apis/wit/workItems/${workItemId}/revisions/${update.rev}`;
  const { rev, fields } = await api.get(stateRevisionShape, path, { $expand: 'all' });
  const state = fields['System.State'];
  if (rev !== update.rev || state !== update.fields?.['System.State']?.newValue) {
    const facts = { system: api.system, request: `GET ${path}`, kind: 'failed' } as const;
    throw new OutsideError(`${api.system}: ${facts.request} returned a different state than its update`, facts);
  }
  return known({
    rev,
    state,
    at: fields['System.ChangedDate'],
    by: update.revisedBy,
    shownAs: fields['System.ChangedBy'],
    signedInAs: fields['System.AuthorizedAs'],
    otherRev: other?.rev,
  });
}

/**
 * Whether a state of a type is in one of these categories of the project's process; for types of other projects, the name of the
 * state decides.
 */
async function statesOf(api: AzureDevOpsApi, categories: readonly string[]) {
  const { value } = await api.get(typesShape, `${api.inProject}/_apis/wit/workitemtypes`);
  const found = new Map(
    value.map(({ name, states }) => [
      name,
      states.filter(({ category }) => categories.includes(category)).map((state) => state.name),
    ]),
  );
  return (type: string, state: string) => (found.get(type) ?? [...found.values()].flat()).includes(state);
}

/** Of these work items, whatever project they are in, those that are not over. */
async function unfinished(api: AzureDevOpsApi, workItemIds: readonly number[]) {
  if (workItemIds.length === 0) return [];
  const isOver = await statesOf(api, ['Completed', 'Removed']);
  const open: { workItemId: number; state: string }[] = [];
  for (let at = 0; at < workItemIds.length; at += limits.batchReadItemsMax) {
    const ids = workItemIds.slice(at, at + limits.batchReadItemsMax);
    const body = { ids, fields: ['System.WorkItemType', 'System.State'], errorPolicy: 'omit' };
    const { value } = await api.query(statesShape, `${api.org}/_apis/wit/workitemsbatch`, body);
    for (const item of value) {
      if (!item) continue;
      const { 'System.WorkItemType': type, 'System.State': state } = item.fields;
      if (!isOver(type, state)) open.push({ workItemId: item.id, state });
    }
  }
  return open;
}

async function comments(api: AzureDevOpsApi, workItemId: number): Promise<TileComment[]> {
  if (!(await api.place(workItemId))) return [];
  const path = `${api.inProject}/_apis/wit/workItems/${workItemId}/comments`;
  const found: TileComment[] = [];
  let token: string | null | undefined;
  do {
    const more = token ? { continuationToken: token } : {};
    const page = await api.get(commentsShape, path, { ...commentsVersion, order: 'asc', $top: pageItems, ...more });
    found.push(...page.comments.filter((comment) => !comment.isDeleted));
    token = page.comments.length > 0 ? page.continuationToken : undefined;
  } while (token);
  return found.sort((a, b) => a.at - b.at || a.commentId - b.commentId);
}

export function createAzureDevOpsReads(api: AzureDevOpsApi, options: AzureDevOpsOptions): TrackerReads {
  const { contentFields, own } = options;
  return {
    markdownOf: ({ text, format }) => toMarkdown(text, format, (address) => nameAttachment(options, address)),
    async me() {
      const path = `${api.org}/_apis/connectionData`;
      const { authenticatedUser: user } = await api.get(connectionShape, path, { 'api-version': '7.1-preview.1' });
      const name = user.customDisplayName || user.providerDisplayName;
      return { id: user.id, name, mail: (user.properties?.Account?.$value ?? '').toLowerCase() };
    },
    pageOf: (workItemId) => `${api.pages}/${workItemId}`,
    changedSince: (since, states) => changedIds(api, own, since, states),
    async tagged(tag) {
      const query = taggedWiql({ ...own, tag });
      const { workItems } = await api.query(wiqlShape, `${api.inProject}/_apis/wit/wiql`, { query });
      const found = await summaries(
        api,
        workItems.map(({ id }) => id),
      );
      return found.filter(({ tags }) => tags.includes(tag)).map(({ workItemId }) => workItemId);
    },
    async selected(query, max) {
      // The query can name other projects; what is not ours is left out of its result.
      const path = `${api.inProject}/_apis/wit/wiql`;
      const { workItems } = await api.query(wiqlShape, path, { query }, { $top: max });
      const ids = workItems.slice(0, max).map(({ id }) => id);
      return (await summaries(api, ids)).map(({ workItemId }) => workItemId);
    },
    summaries: (workItemIds) => summaries(api, workItemIds),
    tiles: (workItemIds) => tiles(api, workItemIds, contentFields),
    async tile(workItemId) {
      const path = `${api.org}/_apis/wit/workItems/${workItemId}`;
      const item = await unlessGone(api.get(workItemShape, path, { $expand: 'all' }));
      const tile = item && tileOf(item, contentFields);
      return tile && tile.workItemId === workItemId && api.isOurs(tile.project, tile.areaPath) ? tile : undefined;
    },
    isDone: async ({ type, state }) => (await statesOf(api, ['Completed']))(type, state),
    unfinished: (workItemIds) => unfinished(api, workItemIds),
    attachment: ({ id }) => api.file(`${api.inProject}/_apis/wit/attachments/${id}`),
    lastStateChange: (workItemId) => stateChange(api, workItemId),
    stateChange: (workItemId, rev) => stateChange(api, workItemId, rev),
    comments: (workItemId) => comments(api, workItemId),
  };
}
