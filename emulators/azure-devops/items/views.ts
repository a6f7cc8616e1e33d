/** The JSON of people, work items, updates and comments, in the requested version. */

import type { Comment, CommentVersion, Fields, FieldValue, Person, Revision, WorkItem } from '../model.ts';
import { findField } from '../process/fields.ts';
import type { Tenant } from '../tenant.ts';
import { latest } from './comments.ts';
import { current } from './item-store.ts';
import { renderMarkdown } from './markdown.ts';

/** What every view needs to know about its call. */
export interface Scope {
  tenant: Tenant;
  /** `http://host/organization`. */
  base: string;
  /** The requested api-version as a number, such as 7.1. */
  version: number;
}

export interface Expand {
  relations: boolean;
  links: boolean;
  /** All fields, including the system's internal ones. */
  all: boolean;
}

const neverRevised = '9999-01-01T00:00:00Z';
/** The fields that only `$expand=all` and those who name them get. */
const extended =
  /^System\.(Id|Rev|Watermark|AuthorizedDate|AuthorizedAs|PersonId|RevisedDate|AreaId|IterationId|NodeName|(Area|Iteration)Level\d)$/;
const levelsMax = 7;

/** `…:15.060Z` -> `…:15.06Z`, the time format of work item tracking. */
export function dateView(iso: string): string {
  return iso.replace(/(\.\d*?)0+Z$/, '$1Z').replace('.Z', 'Z');
}

/** Identities are objects from version 5.0 on, and strings before. */
export function personView({ base, version }: Scope, person: Person): unknown {
  const { id, name, mail, descriptor, members } = person;
  if (version < 5) return `${name} <${mail}>`;
  const avatar = `${base}/_apis/GraphProfile/MemberAvatars/${descriptor}`;
  return {
    displayName: name,
    url: `${base}/_apis/Identities/${id}`,
    _links: { avatar: { href: avatar } },
    id,
    uniqueName: mail,
    imageUrl: avatar,
    ...(members && { isContainer: true }),
    descriptor,
  };
}

function valueView(scope: Scope, name: string, value: FieldValue): unknown {
  if (typeof value === 'object') return personView(scope, value);
  return findField(name)?.type === 'dateTime' ? dateView(String(value)) : value;
}

/** `Acme\Web` -> `System.AreaLevel1` and `System.AreaLevel2`. */
function levelsOf(tree: string, path: string): Fields {
  const parts = path.split('\\').slice(0, levelsMax);
  return Object.fromEntries(parts.map((part, n) => [`System.${tree}Level${n + 1}`, part]));
}

/** All fields of a revision, including those that depend on its position in the history. */
export function allFields(tenant: Tenant, item: WorkItem, revision: Revision): Fields {
  const area = String(revision.fields['System.AreaPath']);
  const iteration = String(revision.fields['System.IterationPath']);
  return {
    ...revision.fields,
    'System.Id': item.id,
    'System.Rev': revision.rev,
    'System.Watermark': revision.watermark,
    'System.AuthorizedDate': revision.at,
    'System.AuthorizedAs': revision.authorizedBy,
    'System.PersonId': tenant.people.findIndex(({ id }) => id === revision.authorizedBy.id) + 1,
    'System.RevisedDate': item.revisions[revision.rev]?.at ?? neverRevised,
    'System.AreaId': tenant.nodes.idOf('area', area),
    'System.IterationId': tenant.nodes.idOf('iteration', iteration),
    'System.NodeName': area.split('\\').at(-1) ?? '',
    ...levelsOf('Area', area),
    ...levelsOf('Iteration', iteration),
  };
}

function fieldsView(scope: Scope, fields: Readonly<Fields>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, valueView(scope, name, value)]));
}

/** The fields of a revision in an answer: all, the named ones, or the usual ones. */
export function selectedFields(
  scope: Scope,
  item: WorkItem,
  revision: Revision,
  all: boolean,
  names?: readonly string[],
) {
  const every = allFields(scope.tenant, item, revision);
  const wanted = names && new Set(names.map((name) => name.toLowerCase()));
  const chosen = Object.entries(every).filter(([name]) =>
    wanted ? wanted.has(name.toLowerCase()) : all || !extended.test(name),
  );
  return fieldsView(scope, Object.fromEntries(chosen));
}

function projectIdOf(tenant: Tenant, revision: Revision): string {
  const name = revision.fields['System.TeamProject'];
  return (tenant.projects.find((project) => project.name === name) ?? tenant.projects[0]).id;
}

export function itemUrl({ tenant, base }: Scope, item: WorkItem): string {
  return `${base}/${projectIdOf(tenant, current(item))}/_apis/wit/workItems/${item.id}`;
}

function itemLinks(scope: Scope, item: WorkItem, revision: Revision): Record<string, { href: string }> {
  const url = itemUrl(scope, item);
  const projectApi = `${scope.base}/${projectIdOf(scope.tenant, revision)}`;
  const project = encodeURIComponent(String(revision.fields['System.TeamProject']));
  const type = encodeURIComponent(String(revision.fields['System.WorkItemType']));
  return {
    self: { href: url },
    workItemUpdates: { href: `${url}/updates` },
    workItemRevisions: { href: `${url}/revisions` },
    workItemComments: { href: `${url}/comments` },
    html: { href: `${scope.base}/${project}/_workitems/edit/${item.id}` },
    workItemType: { href: `${projectApi}/_apis/wit/workItemTypes/${type}` },
    fields: { href: `${projectApi}/_apis/wit/fields` },
  };
}

/** A work item at one of its revisions; `links` adds the `_links` of a single answer. */
export function itemView(
  scope: Scope,
  item: WorkItem,
  expand: Expand,
  names?: readonly string[],
  revision = current(item),
) {
  const { relations, formats, commentVersion, rev } = revision;
  const url = itemUrl(scope, item);
  return {
    id: item.id,
    rev,
    fields: selectedFields(scope, item, revision, expand.all, names),
    ...(scope.version >= 7.2 && Object.keys(formats).length > 0 && { multilineFieldsFormat: formats }),
    ...(expand.relations && relations.length > 0 && { relations }),
    ...(commentVersion && {
      commentVersionRef: {
        ...commentVersion,
        url: `${url}/comments/${commentVersion.commentId}/versions/${commentVersion.version}`,
      },
    }),
    ...(expand.links && { _links: itemLinks(scope, item, revision) }),
    url,
  };
}

/** The old and new value of every changed field; System.ChangedBy is missing if the same person made two changes in a row. */
function fieldDeltas(scope: Scope, item: WorkItem, before: Revision | undefined, now: Revision) {
  const { 'System.History': _, ...old } = before ? allFields(scope.tenant, item, before) : {};
  const next = allFields(scope.tenant, item, now);
  const names = [...new Set([...Object.keys(next), ...Object.keys(old)])];
  const deltas = names.flatMap((name) => {
    const [oldValue, newValue] = [old, next].map((fields: Fields) => {
      const value = fields[name];
      return value === undefined ? undefined : valueView(scope, name, value);
    });
    if (JSON.stringify(oldValue) === JSON.stringify(newValue)) return [];
    return [[name, { ...(oldValue !== undefined && { oldValue }), ...(newValue !== undefined && { newValue }) }]];
  });
  return Object.fromEntries(deltas);
}

/** The difference between a revision and the one before. */
export function updateView(scope: Scope, item: WorkItem, revision: Revision) {
  const before = item.revisions[revision.rev - 2];
  const key = (relation: { rel: string; url: string }) => `${relation.rel} ${relation.url}`;
  const missing = (list: Revision['relations'] = []) => {
    const known = new Set(list.map(key));
    return (relation: { rel: string; url: string }) => !known.has(key(relation));
  };
  const added = revision.relations.filter(missing(before?.relations));
  const removed = (before?.relations ?? []).filter(missing(revision.relations));
  const changedBy = revision.fields['System.ChangedBy'];
  const actor = typeof changedBy === 'object' ? changedBy : revision.authorizedBy;
  const person = personView({ ...scope, version: 7.1 }, actor);
  return {
    id: revision.rev,
    workItemId: item.id,
    rev: revision.rev,
    revisedBy: { ...(person as object), name: `${actor.name} <${actor.mail}>` },
    revisedDate: dateView(item.revisions[revision.rev]?.at ?? neverRevised),
    fields: fieldDeltas(scope, item, before, revision),
    ...((added.length > 0 || removed.length > 0) && {
      relations: { ...(added.length && { added }), ...(removed.length && { removed }) },
    }),
    url: `${itemUrl(scope, item)}/updates/${revision.rev}`,
  };
}

/** A version of a comment; `rendered` adds its HTML. */
export function commentView(
  scope: Scope,
  item: WorkItem,
  comment: Comment,
  rendered: boolean,
  version?: CommentVersion,
) {
  const shown = version ?? latest(comment);
  const [first] = comment.versions;
  return {
    workItemId: item.id,
    id: comment.id,
    version: shown.version,
    text: shown.text,
    ...(rendered && { renderedText: shown.format === 'markdown' ? renderMarkdown(shown.text) : shown.text }),
    format: shown.format,
    createdBy: personView({ ...scope, version: 7.1 }, first.by),
    createdDate: dateView(first.at),
    modifiedBy: personView({ ...scope, version: 7.1 }, shown.by),
    modifiedDate: dateView(shown.at),
    isDeleted: shown.isDeleted,
    mentions: [],
    url: `${itemUrl(scope, item)}/comments/${comment.id}`,
  };
}
