/**
 * Checks that work items can pass all phases: their type must have every state named in `devops.stateMapping`.
 *
 * All types in `devops.workItemTypes` must have these states. Without such a list one type with all states is enough, because
 * every project has types (test cases, code reviews) that are never given to an agent.
 */
import type { CodeChangeAgent } from '../agents/agent.ts';
import type { Clock } from '../base/clock.ts';
import { type Refusal, refuse } from '../refusal.ts';
import { pauses, tryAgainAt } from '../waits.ts';
import { type StateMapping, stateKeys } from '../work-items/phase.ts';
import type { TrackerChecks } from '../work-items/tracker.ts';

const quoted = (names: Iterable<string>) => [...names].map((name) => `"${name}"`).join(', ');

/** The states of the mapping that a type does not have, as text. */
function missingStates(mapping: StateMapping, states: readonly string[]): string[] {
  return stateKeys.flatMap((key) => {
    const state = mapping[key];
    return state === undefined || states.includes(state) ? [] : `"${state}" (devops.stateMapping.${key})`;
  });
}

/**
 * `types` are the project's types with the names of their states. The refusal names the agent, the missing state, the type, and its
 * existing states.
 */
function lackingState(
  { id, devops }: CodeChangeAgent,
  types: ReadonlyMap<string, readonly string[]>,
): Refusal | undefined {
  const { stateMapping, workItemTypes } = devops;
  // Type names are compared without case, as they are when an item is started.
  const known = new Map([...types].map(([type, states]) => [type.toLowerCase(), { type, states }]));
  const wanted = workItemTypes?.map((type) => type.toLowerCase()) ?? [...known.keys()];
  const absent = workItemTypes?.find((type) => !known.has(type.toLowerCase()));
  if (absent !== undefined) {
    const why = `${id}: the project has no work item type "${absent}"; it has ${quoted(types.keys())}`;
    return refuse('CONFIG_INVALID', why, `Correct devops.workItemTypes in ${id}/jvAgent.json.`);
  }
  const found = wanted
    .flatMap((name) => known.get(name) ?? [])
    .map(({ type, states }) => ({ type, states, lacks: missingStates(stateMapping, states) }))
    .sort((a, b) => a.lacks.length - b.lacks.length);
  const worst = workItemTypes ? found.at(-1) : found[0];
  if (!worst || worst.lacks.length === 0) return undefined;
  const { type, states, lacks } = worst;
  const why = `${id}: the work item type "${type}" has no state ${lacks.join(', ')}; its states are ${quoted(states)}`;
  return refuse(
    'CONFIG_INVALID',
    why,
    `Correct devops.stateMapping in ${id}/jvAgent.json, or add the state to the process.`,
  );
}

type StateNames = Pick<TrackerChecks, 'stateNames'>;

/** Reads the project's states now; CONFIG_INVALID if a state is missing. Throws OutsideError. */
export async function checkStates(agent: CodeChangeAgent, tracker: StateNames): Promise<Refusal | undefined> {
  return lackingState(agent, await tracker.stateNames());
}

/** The same check, at most once a minute, and never again after it has passed. */
export function createStatesCheck(agent: CodeChangeAgent, tracker: StateNames, clock: Pick<Clock, 'now'>) {
  let refusal: Refusal | undefined;
  let askAt = 0;
  return async (): Promise<Refusal | undefined> => {
    if (clock.now() < askAt) return refusal;
    refusal = await checkStates(agent, tracker);
    askAt = refusal ? tryAgainAt(clock.now(), pauses.boardStates) : Number.POSITIVE_INFINITY;
    return refusal;
  };
}
