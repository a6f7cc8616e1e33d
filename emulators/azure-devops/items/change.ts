/**
 * Creates and changes work items by JSON Patch: a patch is stored completely as one revision, or not at all.
 *
 * operations -> draft of the next snapshot -> rules of type and state -> stamps (who, when) -> stored revision
 */

import { errors } from '../api/errors.ts';
import type { Comment, Fields, Person, Relation, Revision, TextFormat, WorkItem } from '../model.ts';
import { boardColumnField, fieldNamed, initialFields } from '../process/fields.ts';
import { checkRules } from '../process/process-rules.ts';
import { checkState, checkTitle, checkValues, typeNamed } from '../process/rules.ts';
import type { Tenant } from '../tenant.ts';
import { latest, newComment } from './comments.ts';
import { setField, storedValue, tagsOf } from './field-values.ts';
import { current, type Draft } from './item-store.ts';
import type { Operation } from './patch.ts';
import { addRelation, mirrorRelations, parentOf } from './relations.ts';

export interface ChangeOptions {
  /** The owner of the token; becomes AuthorizedAs, and ChangedBy unless bypassRules sets that. */
  by: Person;
  /** Skips the rules for states, and allows setting the author and time of the change. */
  bypassRules?: boolean;
  /** Checks everything and stores nothing. */
  validateOnly?: boolean;
}

interface Working {
  /** -1 while it is being created. */
  id: number;
  fields: Fields;
  relations: Relation[];
  formats: Record<string, TextFormat>;
  /** The fields that the caller set; others get their default stamps. */
  named: Set<string>;
  history?: string;
}

function applyField(tenant: Tenant, work: Working, operation: Operation & { on: 'field' }, bypassRules: boolean): void {
  const field = fieldNamed(operation.name);
  const name = field.referenceName;
  if (operation.op === 'test') {
    if (work.fields[name] !== operation.value)
      throw errors.testFailed(`/fields/${name}`, work.fields[name], operation.value);
    return;
  }
  if (field.write === 'never' || (field.write === 'bypass' && !bypassRules)) throw errors.readOnlyField(name);
  const value =
    operation.op === 'remove'
      ? undefined
      : storedValue(tenant, field, operation.value, { itemId: work.id, format: work.formats[name] });
  work.named.add(name);
  if (name === 'System.History') {
    if (value !== undefined) work.history = String(value);
  } else if (name === 'System.Tags') {
    const kept = operation.op === 'add' ? tagsOf(work.fields[name]) : [];
    const tags = tagsOf([...kept, ...tagsOf(value)].join(';'));
    setField(work.fields, name, tags.length ? tags.join('; ') : undefined);
  } else setField(work.fields, name, value);
  if (boardColumnField.test(name)) setField(work.fields, 'System.BoardColumn', value);
}

function applyFormats(work: Working, operations: readonly Operation[]): void {
  for (const operation of operations) {
    if (operation.on !== 'format') continue;
    const name = fieldNamed(operation.name).referenceName;
    const withField = operations.some(
      (other) => other.on === 'field' && other.name.toLowerCase() === name.toLowerCase(),
    );
    if (!withField) throw errors.formatWithoutField(name);
    const format = String(operation.value).toLowerCase();
    if (format !== 'markdown' && format !== 'html')
      throw errors.badPatch(`The value '${operation.value}' is not a format of the field ${name}.`);
    work.formats[name] = format;
  }
}

function relationAt({ relations }: Working, index: number): Relation {
  const relation = relations[index];
  if (!relation) throw errors.badRelation(`Relation index ${index} is out of range.`);
  return relation;
}

function applyOperations(
  tenant: Tenant,
  work: Working,
  operations: readonly Operation[],
  rev: number,
  bypass: boolean,
) {
  for (const operation of operations) {
    if (operation.on === 'rev' && operation.tested !== rev) throw errors.testFailed('/rev', rev, operation.tested);
  }
  applyFormats(work, operations);
  for (const operation of operations) {
    if (operation.on === 'field') applyField(tenant, work, operation, bypass);
    if (operation.on === 'relation-add') addRelation(tenant, work.relations, operation.value);
    if (operation.on === 'relation-remove') {
      relationAt(work, operation.index);
      work.relations.splice(operation.index, 1);
    }
    if (operation.on === 'relation-comment') {
      const { attributes, ...relation } = relationAt(work, operation.index);
      const changed = { ...relation, attributes: { ...attributes, comment: String(operation.value ?? '') } };
      work.relations[operation.index] = changed;
    }
  }
}

function stampState(tenant: Tenant, work: Working, before: Revision | undefined, at: string): void {
  const state = String(work.fields['System.State']);
  const old = before?.fields['System.State'];
  if (state === old) return;
  const { fields, named } = work;
  if (!named.has('System.Reason')) fields['System.Reason'] = old === undefined ? state : `Moved to state ${state}`;
  fields['System.BoardColumn'] = state;
  fields['System.BoardColumnDone'] = false;
  if (!named.has('Microsoft.VSTS.Common.StateChangeDate')) fields['Microsoft.VSTS.Common.StateChangeDate'] = at;
  const type = typeNamed(tenant, String(fields['System.WorkItemType']));
  const closed = type.states.find(({ name }) => name === state)?.category === 'Completed';
  setField(fields, 'Microsoft.VSTS.Common.ClosedDate', closed ? at : undefined);
}

/** When the project changes, area and iteration change with it, unless the caller sets them. */
function stampPlace(tenant: Tenant, { id, fields, named }: Working): void {
  const name = String(fields['System.TeamProject']).toLowerCase();
  const project = tenant.projects.find((candidate) => candidate.name.toLowerCase() === name);
  if (!project) throw errors.missingProject(String(fields['System.TeamProject']));
  fields['System.TeamProject'] = project.name;
  for (const tree of ['System.AreaPath', 'System.IterationPath']) {
    const root = String(fields[tree] ?? '').split('\\')[0];
    if (root === project.name) continue;
    if (named.has(tree) && fields[tree] !== undefined) throw errors.badTreeName(id, tree);
    fields[tree] = project.name;
  }
}

/** The checked and stamped draft of the next snapshot, with its new comments; undefined if the patch changes nothing. */
function draftOf(
  tenant: Tenant,
  item: WorkItem | undefined,
  start: Fields,
  operations: readonly Operation[],
  options: ChangeOptions,
): { draft: Draft; comments?: Comment[] } | undefined {
  const { by, bypassRules = false } = options;
  const before = item && current(item);
  const { 'System.History': _, ...fields } = start;
  const work: Working = {
    id: item?.id ?? -1,
    fields,
    relations: [...(before?.relations ?? [])],
    formats: { ...before?.formats },
    named: new Set(),
  };
  const untouched = JSON.stringify([work.fields, work.relations, work.formats]);
  applyOperations(tenant, work, operations, before?.rev ?? 0, bypassRules);
  if (item && !work.history && JSON.stringify([work.fields, work.relations, work.formats]) === untouched)
    return undefined;
  checkTitle(work.fields);
  checkState(tenant, work.fields, before?.fields, bypassRules);
  stampPlace(tenant, work);
  if (!bypassRules) {
    checkValues(work.fields, before?.fields);
    checkRules(tenant, { fields: work.fields, before: before?.fields, by });
  }
  const at = tenant.nextTime();
  if (!work.named.has('System.ChangedBy')) work.fields['System.ChangedBy'] = by;
  if (!work.named.has('System.ChangedDate')) work.fields['System.ChangedDate'] = at;
  else if (before && String(work.fields['System.ChangedDate']) <= String(before.fields['System.ChangedDate']))
    throw errors.datesMustIncrease(item?.id ?? -1);
  if (!before && !work.named.has('System.CreatedBy'))
    work.fields['System.CreatedBy'] = work.fields['System.ChangedBy'] ?? by;
  if (!before && !work.named.has('System.CreatedDate')) work.fields['System.CreatedDate'] = at;
  stampState(tenant, work, before, at);
  setField(work.fields, 'System.Parent', parentOf(work.relations));
  const { relations, formats, history } = work;
  const draft = { at, authorizedBy: by, fields: work.fields, relations, formats };
  return history === undefined ? { draft } : withHistory(tenant, item, draft, history);
}

/** A patch of System.History adds a comment in the same revision. */
function withHistory(tenant: Tenant, item: WorkItem | undefined, draft: Draft, text: string) {
  const comment = newComment(tenant, { text, format: 'html', by: draft.authorizedBy }, draft.at);
  const count = Number(draft.fields['System.CommentCount'] ?? 0) + 1;
  const fields = { ...draft.fields, 'System.History': latest(comment).text, 'System.CommentCount': count };
  const commentVersion = { commentId: comment.id, version: 1 };
  return { draft: { ...draft, fields, commentVersion }, comments: [...(item?.comments ?? []), comment] };
}

/** Creates a work item in the project, in its type's first state. Throws ApiError. */
export function createItem(
  tenant: Tenant,
  project: string,
  type: string,
  operations: readonly Operation[],
  options: ChangeOptions,
): WorkItem {
  const found = typeNamed(tenant, type);
  const start: Fields = {
    'System.WorkItemType': found.name,
    'System.TeamProject': project,
    'System.State': found.states[0]?.name ?? 'New',
    'System.CommentCount': 0,
    ...initialFields(found.name),
  };
  return tenant.atomically(() => {
    const made = draftOf(tenant, undefined, start, operations, options);
    if (!made) throw errors.badPatch();
    const store = !options.validateOnly;
    const item = tenant.open(made.draft, { ...made, store });
    if (store) mirrorRelations(tenant, item, [], options.by);
    return item;
  });
}

/**
 * Applies a patch and returns the work item: with one more revision, or unchanged if the patch changes nothing. Throws ApiError.
 */
export function updateItem(
  tenant: Tenant,
  id: number,
  operations: readonly Operation[],
  options: ChangeOptions,
): WorkItem {
  const item = tenant.item(id);
  return tenant.atomically(() => {
    const made = draftOf(tenant, item, current(item).fields, operations, options);
    if (!made) return item;
    const store = !options.validateOnly;
    const next = tenant.commit(item, made.draft, { ...made, store });
    if (store) mirrorRelations(tenant, next, current(item).relations, options.by);
    return next;
  });
}
