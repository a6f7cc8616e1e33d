/** Relations of a work item: links to artifacts and pages, and links between work items, which are stored on both sides. */
import { errors } from '../api/errors.ts';
import type { Person, Relation, WorkItem } from '../model.ts';
import type { Tenant } from '../tenant.ts';
import { current } from './item-store.ts';

const parentLink = 'System.LinkTypes.Hierarchy-Reverse';
const childLink = 'System.LinkTypes.Hierarchy-Forward';
const reverseOf: Record<string, string> = {
  [childLink]: parentLink,
  [parentLink]: childLink,
  'System.LinkTypes.Dependency-Forward': 'System.LinkTypes.Dependency-Reverse',
  'System.LinkTypes.Dependency-Reverse': 'System.LinkTypes.Dependency-Forward',
  'System.LinkTypes.Related': 'System.LinkTypes.Related',
};
const linkNames: Record<string, string> = {
  [childLink]: 'Child',
  [parentLink]: 'Parent',
  'System.LinkTypes.Dependency-Forward': 'Successor',
  'System.LinkTypes.Dependency-Reverse': 'Predecessor',
  'System.LinkTypes.Related': 'Related',
};
const otherTypes = ['ArtifactLink', 'Hyperlink', 'AttachedFile'];

const sameRelation = (a: Relation, b: Relation) => a.rel === b.rel && a.url.toLowerCase() === b.url.toLowerCase();

/** The id of the linked work item, or undefined for any other link. */
function linkedId({ rel, url }: Relation): number | undefined {
  const id = reverseOf[rel] && /\/workItems\/(\d+)$/i.exec(url)?.[1];
  return id ? Number(id) : undefined;
}

/** What the server knows about a linked file. */
function fileFacts({ attachments }: Tenant, url: string): Record<string, unknown> {
  const file = attachments.get(/\/attachments\/([^/?]+)/i.exec(url)?.[1] ?? '');
  return file ? { resourceSize: file.bytes.length, resourceCreatedDate: file.at, name: file.name } : {};
}

const isParent = ({ rel }: Relation) => rel === parentLink;

/** What the server says of each link between work items. */
function linkFacts(rel: string): Record<string, unknown> {
  return linkNames[rel] ? { isLocked: false, name: linkNames[rel] } : {};
}

/** Adds the relation of an `add /relations/-`. Adding the same artifact twice is RelationAlreadyExistsException. */
export function addRelation(tenant: Tenant, relations: Relation[], value: unknown): void {
  if (typeof value !== 'object' || value === null || !('rel' in value) || !('url' in value))
    throw errors.badRelation('A relation needs rel and url.');
  const attributes = 'attributes' in value && typeof value.attributes === 'object' ? { ...value.attributes } : {};
  const url = String(value.url);
  const rel = String(value.rel);
  const relation: Relation = { rel, url, attributes: { ...linkFacts(rel), ...fileFacts(tenant, url), ...attributes } };
  if (!reverseOf[relation.rel] && !otherTypes.includes(relation.rel))
    throw errors.badRelation(`The relation type '${relation.rel}' does not exist.`);
  if (relations.some((known) => sameRelation(known, relation))) throw errors.relationExists();
  const id = linkedId(relation);
  if (id !== undefined) {
    const other = current(tenant.item(id)).relations;
    const hasParent = rel === parentLink ? relations.some(isParent) : rel === childLink && other.some(isParent);
    if (hasParent)
      throw errors.badRelation('TF201036: You cannot add this link because a work item can have only one Parent link.');
  }
  relations.push(relation);
}

/** Adds links between work items on the other side too, as one revision each. */
export function mirrorRelations(tenant: Tenant, item: WorkItem, before: readonly Relation[], by: Person): void {
  const now = current(item).relations;
  const missing = (list: readonly Relation[]) => (relation: Relation) =>
    !list.some((other) => sameRelation(other, relation));
  const changes = [
    ...now.filter(missing(before)).map((relation) => ({ relation, added: true })),
    ...before.filter(missing(now)).map((relation) => ({ relation, added: false })),
  ];
  for (const { relation, added } of changes) {
    const id = linkedId(relation);
    const rel = reverseOf[relation.rel];
    if (id === undefined || rel === undefined) continue;
    const other = tenant.allItems().find((candidate) => candidate.id === id);
    if (!other || other.deleted) continue;
    const url = relation.url.replace(/\d+$/, String(item.id));
    const back: Relation = { rel, url, attributes: { ...relation.attributes, ...linkFacts(rel) } };
    const { fields, relations, formats } = current(other);
    const rest = relations.filter((known) => !sameRelation(known, back));
    const at = tenant.nextTime();
    tenant.commit(other, {
      at,
      authorizedBy: by,
      fields: { ...fields, 'System.ChangedBy': by, 'System.ChangedDate': at },
      relations: added ? [...rest, back] : rest,
      formats,
    });
  }
}

/** The parent in a work item's links, for System.Parent. */
export function parentOf(relations: readonly Relation[]): number | undefined {
  const parent = relations.find(isParent);
  return parent && linkedId(parent);
}
