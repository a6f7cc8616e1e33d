/** The parts of Azure DevOps answers that we read, and their conversion to our types. */

import { z } from 'zod';
import { sha256 } from '../../base/digest.ts';
import { known } from '../../base/known.ts';
import type { TextFormat } from '../../documents/incoming.ts';
import type { Attachment, Person, StoredText, Tile, TileComment, TileSummary } from '../../work-items/tracker.ts';
import { moment } from '../http/outside.ts';
import { settled } from './rich-text.ts';

const identity = z
  .object({ id: z.string().min(1), displayName: z.string().default(''), uniqueName: z.string().default('') })
  .transform(({ id, displayName, uniqueName }): Person => ({ id, name: displayName, mail: uniqueName.toLowerCase() }));

const ourFields = z.object({
  'System.TeamProject': z.string(),
  'System.AreaPath': z.string(),
});

export const placeShape = z.object({ id: z.int(), rev: z.int(), fields: ourFields });

const summaryFields = ourFields.extend({
  'System.WorkItemType': z.string(),
  'System.State': z.string(),
  'System.Tags': z.string().default(''),
  'Microsoft.VSTS.Common.Priority': z.number().optional(),
});

export const summaryFieldNames = Object.keys(summaryFields.shape);

const summaryShape = z.object({ id: z.int(), rev: z.int(), fields: summaryFields });

export const workItemShape = z.object({
  id: z.int(),
  rev: z.int(),
  fields: summaryFields
    .extend({ 'System.Title': z.string(), 'System.CreatedBy': identity, 'System.ChangedDate': moment })
    .extend({ 'System.ChangedBy': identity.optional() })
    .catchall(z.unknown()),
  relations: z
    .array(
      z.object({
        rel: z.string(),
        url: z.string(),
        attributes: z.looseObject({ name: z.string().optional(), resourceSize: z.number().optional() }).nullish(),
      }),
    )
    .nullish(),
  multilineFieldsFormat: z.record(z.string(), z.string()).nullish(),
});

export const batchShape = z.object({ value: z.array(z.union([z.null(), summaryShape])) });

export const tilesShape = z.object({ value: z.array(z.union([z.null(), workItemShape])) });

export const wiqlShape = z.object({ workItems: z.array(z.object({ id: z.int() })) });

export const revShape = z.object({ id: z.int(), rev: z.int() });

export const updatesShape = z.object({
  value: z.array(
    z.object({
      rev: z.int(),
      revisedBy: identity,
      fields: z
        .record(z.string(), z.object({ oldValue: z.unknown().optional(), newValue: z.unknown().optional() }))
        .nullish(),
    }),
  ),
});

export const stateRevisionShape = z.object({
  rev: z.int(),
  fields: z.object({
    'System.State': z.string(),
    'System.ChangedDate': moment,
    'System.ChangedBy': identity,
    'System.AuthorizedAs': identity,
  }),
});

/** The server names the format of a comment, and of a field from API version 7.2 on. */
function formatOf(name: string | undefined): TextFormat {
  const folded = name?.toLowerCase();
  return folded === 'markdown' || folded === 'html' ? folded : 'unknown';
}

export const commentShape = z
  .object({
    id: z.int(),
    version: z.int(),
    text: z.string().default(''),
    format: z.string().optional(),
    createdBy: identity,
    createdDate: moment,
    isDeleted: z.boolean().default(false),
  })
  .transform(
    ({ id, version, text, format, createdBy, createdDate, isDeleted }): TileComment => ({
      commentId: id,
      version,
      text,
      format: formatOf(format),
      by: createdBy,
      at: createdDate,
      isDeleted,
    }),
  );

export const commentsShape = z.object({
  comments: z.array(commentShape),
  continuationToken: z.string().nullish(),
});

export const connectionShape = z.object({
  authenticatedUser: z.object({
    id: z.string().min(1),
    providerDisplayName: z.string().default(''),
    customDisplayName: z.string().nullish(),
    properties: z.object({ Account: z.object({ $value: z.string() }).nullish() }).nullish(),
  }),
});

const named = z.object({ name: z.string() });

export const projectsShape = z.object({ value: z.array(named.extend({ id: z.string().optional() })) });

export const typesShape = z.object({
  value: z.array(named.extend({ states: z.array(named.extend({ category: z.string().default('') })) })),
});

/** Of items anywhere in the organization, we read only their state. */
export const statesShape = z.object({
  value: z.array(
    z.union([
      z.null(),
      z.object({ id: z.int(), fields: z.object({ 'System.WorkItemType': z.string(), 'System.State': z.string() }) }),
    ]),
  ),
});

function tagsOf(text: string): string[] {
  return text
    .split(';')
    .map((tag) => tag.trim())
    .filter(Boolean);
}

/** Where an item belongs: project and area. */
interface ItemLocation {
  project: string;
  areaPath: string;
}

export type Placed = TileSummary & ItemLocation;
export type PlacedTile = Tile & ItemLocation;

export function summaryOf({ id, rev, fields }: z.output<typeof summaryShape>): Placed {
  return known({
    workItemId: id,
    rev,
    project: fields['System.TeamProject'],
    areaPath: fields['System.AreaPath'],
    type: fields['System.WorkItemType'],
    state: fields['System.State'],
    tags: tagsOf(fields['System.Tags']),
    priority: fields['Microsoft.VSTS.Common.Priority'],
  });
}

type Relations = NonNullable<z.output<typeof workItemShape>['relations']>;

/** The last segment of a server url is the id of a work item or file. */
const lastSegment = (url: string) => /\/([^/?]+)(?:\?.*)?$/.exec(url)?.[1] ?? '';

function predecessorsIn(relations: Relations): number[] {
  const ids = relations.filter(({ rel }) => rel === 'System.LinkTypes.Dependency-Reverse');
  return ids.map(({ url }) => Number(lastSegment(url))).filter((id) => Number.isSafeInteger(id) && id > 0);
}

function attachmentsIn(relations: Relations): Attachment[] {
  const files = relations.filter(({ rel, url }) => rel === 'AttachedFile' && /^[0-9a-f-]{36}$/i.test(lastSegment(url)));
  return files.map(({ url, attributes }) => {
    const id = lastSegment(url);
    return { id, name: attributes?.name ?? id, bytes: attributes?.resourceSize ?? 0 };
  });
}

/** Fields of one line. */
const isPlain = (name: string) => name === 'System.Title';

const asText = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);

/** The tile, with its attachments and its content from these fields. */
export function tileOf(item: z.output<typeof workItemShape>, contentFields: readonly string[]): PlacedTile {
  const { fields, relations, multilineFieldsFormat } = item;
  const names = [...new Set(['System.Title', ...contentFields])].sort();
  const content: [string, StoredText][] = names
    .map((name) => [name, asText(fields[name])] as const)
    .filter(([, text]) => text.trim() !== '')
    .map(([name, text]) => [
      name,
      { text, format: isPlain(name) ? 'markdown' : formatOf(multilineFieldsFormat?.[name]) },
    ]);
  const attachments = (relations ?? []).filter((relation) => relation.rel === 'AttachedFile').map(({ url }) => url);
  const hashed = [names.map((name) => [name, settled(asText(fields[name]))]), attachments.sort()];
  return known({
    ...summaryOf(item),
    title: fields['System.Title'],
    createdBy: fields['System.CreatedBy'],
    changedBy: fields['System.ChangedBy'],
    changedAt: fields['System.ChangedDate'],
    content: Object.fromEntries(content),
    contentHash: sha256(JSON.stringify(hashed)),
    predecessors: predecessorsIn(relations ?? []),
    attachments: attachmentsIn(relations ?? []),
  });
}
