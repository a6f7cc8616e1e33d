/** Which fields of a work item a model may write: those that the configuration names, and never one that moves its state. */
import { type Refusal, refuse } from '../../refusal.ts';

type FieldValue = string | number | boolean;

/** A field's name as it is compared: servers ignore case, and people leave `System.` away. */
function fold(name: string): string {
  const letters = name.normalize('NFKC').replace(/[\p{Cc}\p{Cf}\s]/gu, '');
  return letters.toLowerCase().replace(/^(\/fields\/)?(system\.)?/, '');
}

/** The state, and the columns of boards, which move it. */
function movesState(folded: string): boolean {
  return /(^|\.)(state|boardcolumn|boardcolumndone|boardlane)$|kanban\.column/.test(folded);
}

export const isTitle = (name: string) => fold(name) === 'title';
export const isWorkItemType = (name: string) => fold(name) === 'workitemtype';

/** The fields under the names that `open` gives them, or FIELD_DENIED for the first that may not be written. */
export function writableFieldsOf(
  given: Readonly<Record<string, FieldValue>>,
  open: readonly string[],
): Record<string, FieldValue> | Refusal {
  const openNames = new Map(open.map((name) => [fold(name), name]));
  const named = Object.entries(given).map(([name, value]) => ({ name, value, folded: fold(name) }));
  const denied = named.find(({ folded }) => movesState(folded) || !openNames.has(folded));
  if (denied) return refuse('FIELD_DENIED', `${JSON.stringify(denied.name)} may not be written`);
  return Object.fromEntries(named.map(({ name, value, folded }) => [openNames.get(folded) ?? name, value]));
}
