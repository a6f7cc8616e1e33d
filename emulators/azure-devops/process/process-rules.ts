/** The rules that an organization's process adds: required fields, read-only fields, and who may move a work item where. */
import { errors } from '../api/errors.ts';
import type { Fields, Person, ProcessRule } from '../model.ts';
import type { Group, Tenant } from '../tenant.ts';
import { fieldNamed } from './fields.ts';

interface Checked {
  fields: Fields;
  /** The fields as they were; undefined for a new work item. */
  before: Readonly<Fields> | undefined;
  by: Person;
}

/** Whether a list of mail addresses and names of groups holds this person. */
function isListed(list: readonly string[] = [], person: Person, groups: readonly Group[]): boolean {
  return list.some((entry) => {
    const members = groups.find(({ name }) => name.split('\\').at(-1) === entry)?.members;
    return entry.toLowerCase() === person.mail.toLowerCase() || members?.includes(person);
  });
}

/** Throws the API's error for the first kind of rule that a change breaks. */
export function checkRules({ rules, groups }: Tenant, { fields, before, by }: Checked): void {
  const type = String(fields['System.WorkItemType']);
  const state = String(fields['System.State']);
  const missing: { referenceName: string; name: string }[] = [];
  const check = (rule: ProcessRule) => {
    if (rule.kind === 'transition') {
      const from = before?.['System.State'];
      const isMeant = from !== undefined && from !== state && rule.to === state && (rule.from ?? from) === from;
      if (isMeant && !isListed(rule.except, by, groups)) throw errors.notInList('System.State', 'State', state);
      return;
    }
    const { referenceName, name } = fieldNamed(rule.field);
    const value = fields[referenceName];
    if (rule.kind === 'readOnly') {
      const isChanged = JSON.stringify(value) !== JSON.stringify(before?.[referenceName]);
      if (isChanged && !isListed(rule.except, by, groups)) throw errors.readOnlyField(referenceName);
    } else if (value === undefined && (!rule.states || rule.states.includes(state)))
      missing.push({ referenceName, name });
  };
  for (const rule of rules) if (!rule.types || rule.types.includes(type)) check(rule);
  const [first, ...others] = missing;
  if (first) throw errors.required([first, ...others]);
}
