/** The rules of a work item type: its states, the first state, and the allowed transitions. */
import { errors } from '../api/errors.ts';
import type { Fields, WorkItemType } from '../model.ts';
import type { Tenant } from '../tenant.ts';
import { valueFields } from './fields.ts';

/** Finds a type by name; case is ignored. VS402323 if there is none. */
export function typeNamed(tenant: Tenant, name: string): WorkItemType {
  const found = tenant.types.find((type) => type.name.toLowerCase() === name.toLowerCase());
  if (!found) throw errors.missingType(name);
  return found;
}

export function checkTitle(fields: Fields): void {
  if (!String(fields['System.Title'] ?? '').trim())
    throw errors.required([{ referenceName: 'System.Title', name: 'Title' }]);
}

/**
 * Refuses an unknown state, a first state other than the type's, and a forbidden transition. Corrects the spelling of the state.
 */
export function checkState(tenant: Tenant, fields: Fields, before: Fields | undefined, bypassRules: boolean): void {
  const type = typeNamed(tenant, String(fields['System.WorkItemType']));
  fields['System.WorkItemType'] = type.name;
  const asked = String(fields['System.State'] ?? '');
  const refusal = errors.notInList('System.State', 'State', asked);
  const state = type.states.find(({ name }) => name.toLowerCase() === asked.toLowerCase())?.name;
  if (!state) throw refusal;
  fields['System.State'] = state;
  if (bypassRules) return;
  const from = before?.['System.State'];
  if (from === undefined) {
    if (state !== type.states[0]?.name) throw refusal;
    return;
  }
  const allowed = type.transitions?.[String(from)];
  if (from !== state && allowed && !allowed.includes(state)) throw refusal;
}

/** Refuses a new value that is not one of a field's values. */
export function checkValues(fields: Fields, before: Fields | undefined): void {
  for (const { referenceName, name, values } of valueFields) {
    const value = fields[referenceName];
    const isNew = value !== undefined && value !== before?.[referenceName];
    if (isNew && !values.map(String).includes(String(value)))
      throw errors.notInList(referenceName, name, String(value));
  }
}

/** The allowed transitions from each state of this type. */
export function transitionsOf(type: WorkItemType): Record<string, { to: string; actions: null }[]> {
  const names = type.states.map(({ name }) => name);
  const entries = names.map((from) => {
    const allowed = type.transitions?.[from] ?? names;
    return [from, names.filter((to) => to === from || allowed.includes(to)).map((to) => ({ to, actions: null }))];
  });
  return Object.fromEntries([['', [{ to: names[0] ?? 'New', actions: null }]], ...entries]);
}
