/** Checks that the fields in an agent's configuration are fields of the work items that it takes. */
import type { CodeChangeAgent } from '../agents/agent.ts';
import { contentFieldsDefault } from '../agents/config/devops.ts';
import type { FieldName } from '../work-items/tracker.ts';
import { type Found, fail } from './finding.ts';

type Names = ReadonlyMap<string, readonly FieldName[]>;

/** What to write instead, where that is known: a label, or a name in other letters, means one field. */
function meant(name: string, fields: readonly FieldName[]): { id: string; why: string } | undefined {
  const wanted = name.trim().toLowerCase();
  const other = fields.find(({ id }) => id.toLowerCase() === wanted);
  if (other) return { id: other.id, why: `the field is written "${other.id}"` };
  const labelled = fields.find(({ label }) => label.toLowerCase() === wanted);
  return labelled && { id: labelled.id, why: `that is the label of the field "${labelled.id}"` };
}

/** `names` are the fields of each type. A field is wrong if no type that the agent takes has it. */
export function fieldFaults({ id: agentId, devops }: CodeChangeAgent, names: Names): Found[] {
  const wanted = devops.workItemTypes?.map((type) => type.toLowerCase());
  const taken = [...names].filter(([type]) => wanted?.includes(type.toLowerCase()) ?? true);
  const fields = (taken.length > 0 ? taken : [...names]).flatMap(([, own]) => own);
  const known = new Set(fields.map(({ id }) => id));
  const faults = (list: 'contentFields' | 'writableFields', effect: string) =>
    devops[list].flatMap((name, index): Found[] => {
      // A process without one of the usual fields has no text there to read.
      if (known.has(name) || (list === 'contentFields' && contentFieldsDefault.includes(name))) return [];
      const better = meant(name, fields);
      const what = `devops.${list} names "${name}", ${better?.why ?? `which no type of the work items has`}, ${effect}`;
      const fix = better
        ? `Write "${better.id}" in ${agentId}/jvAgent.json.`
        : `Write the field's reference name in ${agentId}/jvAgent.json, or remove it.`;
      return [{ ...fail(what, fix, 'CONFIG_INVALID'), at: ['devops', list, index] }];
    });
  return [
    ...faults('contentFields', 'so the agent would not read it and edits of it would not count'),
    ...faults('writableFields', 'so the agent could not write it'),
  ];
}
