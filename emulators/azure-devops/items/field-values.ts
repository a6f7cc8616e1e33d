/** Converts a caller's value to the stored value of a field, or refuses it like Azure DevOps. */
import { errors } from '../api/errors.ts';
import type { Fields, FieldValue, Person, TextFormat } from '../model.ts';
import { type Field, treeOf } from '../process/fields.ts';
import type { Tenant } from '../tenant.ts';
import { rewriteHtml } from './rich-text.ts';

/** `"a; B; a"` -> `["a", "B"]`. */
export function tagsOf(value: FieldValue | undefined): string[] {
  const seen = new Map<string, string>();
  for (const part of String(value ?? '').split(';')) {
    const tag = part.trim();
    if (tag && !seen.has(tag.toLowerCase())) seen.set(tag.toLowerCase(), tag);
  }
  return [...seen.values()];
}

/** The people with this GUID, mail, name or `Name <mail>`, in any case; several can have the same name. */
function peopleNamed(tenant: Tenant, text: string): Person[] {
  const wanted = text.trim().toLowerCase();
  return tenant.people.filter(({ id, mail, name }) =>
    [id, mail, name, `${name} <${mail}>`].some((form) => form.toLowerCase() === wanted),
  );
}

function personValue(tenant: Tenant, field: Field, value: unknown): Person {
  const isObject = typeof value === 'object' && value !== null;
  const text = isObject && 'uniqueName' in value ? value.uniqueName : isObject && 'id' in value ? value.id : value;
  const [person, other] = peopleNamed(tenant, String(text));
  if (!person || other)
    throw errors.badIdentity(field.referenceName, field.name, String(text), other ? 'ambiguous' : 'unknown');
  return person;
}

function numberValue(field: Field, value: unknown): number {
  const number = Number(value);
  const fits = field.type === 'integer' ? Number.isInteger(number) : Number.isFinite(number);
  if (!fits) throw errors.notInList(field.referenceName, field.name, String(value));
  return number;
}

function dateValue(field: Field, value: unknown): string {
  const at = Date.parse(String(value));
  if (Number.isNaN(at)) throw errors.notInList(field.referenceName, field.name, String(value));
  return new Date(at).toISOString();
}

function treeValue({ nodes }: Tenant, field: Field, value: unknown, itemId: number): string {
  const node = nodes.at(treeOf(field), String(value));
  if (!node) throw errors.badTreeName(itemId, field.referenceName);
  return node.path;
}

/** The stored form of `value`; undefined clears the field. Throws the API's error if the value does not match the type. */
export function storedValue(
  tenant: Tenant,
  field: Field,
  value: unknown,
  { itemId, format }: { itemId: number; format?: TextFormat | undefined },
): FieldValue | undefined {
  if (value === null || value === undefined || value === '') return undefined;
  switch (field.type) {
    case 'identity':
      return personValue(tenant, field, value);
    case 'integer':
    case 'double':
      return numberValue(field, value);
    case 'dateTime':
      return dateValue(field, value);
    case 'treePath':
      return treeValue(tenant, field, value, itemId);
    case 'boolean':
      return String(value).toLowerCase() === 'true';
    case 'html':
      return format === 'markdown' ? String(value) : rewriteHtml(String(value));
    default:
      return String(value);
  }
}

/** Sets or clears one field of a draft. */
export function setField(draft: Fields, name: string, value: FieldValue | undefined): void {
  if (value === undefined) delete draft[name];
  else draft[name] = value;
}
