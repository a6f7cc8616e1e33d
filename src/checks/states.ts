/**
 * Checks that work items can pass all phases: their type must have every state named in `devops.stateMapping`.
 *
 * All types in `devops.workItemTypes` must have these states. Without such a list one type with all states is enough, because
 * every project has types (test cases, code reviews) that are never given to an agent. A type in which work would start and
 * then stick is still told.
 */
import type { CodeChangeAgent } from '../agents/agent.ts';
import { type StateMapping, stateKeys } from '../work-items/phase.ts';
import { type Found, fail, warn } from './finding.ts';

const quoted = (names: Iterable<string>) => [...names].map((name) => `"${name}"`).join(', ');

/** The states of the mapping that a type does not have, as text. */
function missingStates(mapping: StateMapping, states: readonly string[]): string[] {
  return stateKeys.flatMap((key) => {
    const state = mapping[key];
    return state === undefined || states.includes(state) ? [] : `"${state}" (devops.stateMapping.${key})`;
  });
}

interface Type {
  type: string;
  states: readonly string[];
  lacks: string[];
}

/** `types` are the project's types with the names of their states. Every fault names the agent, the type and what it has. */
export function stateFaults({ id, devops }: CodeChangeAgent, types: ReadonlyMap<string, readonly string[]>): Found[] {
  const { stateMapping, workItemTypes } = devops;
  const file = `${id}/jvAgent.json`;
  const all: Type[] = [...types].map(([type, states]) => ({
    type,
    states,
    lacks: missingStates(stateMapping, states),
  }));
  // Type names are compared without case, as they are when an item is started.
  const typeOf = (name: string) => all.find(({ type }) => type.toLowerCase() === name.toLowerCase());
  const lacking = ({ type, states, lacks }: Type) =>
    `${id}: the work item type "${type}" has no state ${lacks.join(', ')}; its states are ${quoted(states)}`;
  const correct = `Correct devops.stateMapping in ${file}, or add the state to the process.`;
  const failing = (one: Type) => ({ ...fail(lacking(one), correct, 'CONFIG_INVALID'), at: ['devops', 'stateMapping'] });

  if (workItemTypes) {
    return workItemTypes.flatMap((name, index) => {
      const found = typeOf(name);
      if (found) return found.lacks.length > 0 ? [failing(found)] : [];
      const why = `${id}: the project has no work item type "${name}"; it has ${quoted(types.keys())}`;
      const absent = fail(why, `Correct devops.workItemTypes in ${file}.`, 'CONFIG_INVALID');
      return [{ ...absent, at: ['devops', 'workItemTypes', index] }];
    });
  }
  const [best, ...others] = all.sort((a, b) => a.lacks.length - b.lacks.length);
  if (!best) return [];
  if (best.lacks.length > 0) return [failing(best)];
  const starts = [stateMapping.new, stateMapping.approved];
  const sticking = others.filter(({ states, lacks }) => lacks.length > 0 && states.some((one) => starts.includes(one)));
  const whole = all.filter(({ lacks }) => lacks.length === 0).map(({ type }) => type);
  const fix = `Set devops.workItemTypes in ${file} to types that have every state: ${quoted(whole)}.`;
  return sticking.map((one) => ({
    ...warn(`${lacking(one)}. Work items of this type would start and stick`, fix),
    at: ['devops'],
  }));
}
