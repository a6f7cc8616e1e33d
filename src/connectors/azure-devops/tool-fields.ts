/** Which fields of a work item a model may write: those in the configuration, but never one that moves the state. */
import { type Refusal, refuse } from '../../refusal.ts';

type FieldValue = string | number | boolean;

/** A field name in the form for comparisons: servers ignore case, and people omit `System.`. */
function fold(name: string): string {
  const letters = name.normalize('NFKC').replace(/[\p{Cc}\p{Cf}\s]/gu, '');
  return letters.toLowerCase().replace(/^(\/fields\/)?(system\.)?/, '');
}

/** Whether it is the state, or a board column that moves the state. */
function movesState(folded: string): boolean {
  return /(^|\.)(state|boardcolumn|boardcolumndone|boardlane)$|kanban\.column/.test(folded);
}

export const isTitle = (name: string) => fold(name) === 'title';
export const isWorkItemType = (name: string) => fold(name) === 'workitemtype';

/** The fields with their names from `open`, or FIELD_DENIED for the first field that may not be written. */
export function writableFieldsOf(
  given: Readonly<Record<string, FieldValue>>,
  open: readonly string[],
): Record<string, FieldValue> | Refusal {
  const openNames = new Map(open.map((name) => [fold(name), name]));
  const named = Object.entries(given).map(([name, value]) => ({ name, value, folded: fold(name) }));
  const denied = named.find(({ folded }) => movesState(folded) || !openNames.has(folded));
  if (denied) return refuse('FIELD_DENIED', `the field ${JSON.stringify(denied.name)} is not writable`);
  return Object.fromEntries(named.map(({ name, value, folded }) => [openNames.get(folded) ?? name, value]));
}
