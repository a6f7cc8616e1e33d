/** The question about states: which types of work items the agent takes, and which of their states means what. */
import { states as checkStates } from '../../../checks/board.ts';
import { isRefusal } from '../../../refusal.ts';
import { type StateKey, type StateMapping, stateKeys } from '../../../work-items/phase.ts';
import type { Ask } from '../ask.ts';
import type { Question } from '../question.ts';
import { hasBoardToken } from './board.ts';

interface Meaning {
  /** What the state says to people. */
  readonly means: string;
  /** How boards usually call it, the likeliest first. */
  readonly usual: readonly string[];
  readonly isOptional?: boolean;
}

const meanings: Readonly<Record<StateKey, Meaning>> = {
  new: { means: 'the agent may take it', usual: ['New', 'To Do', 'Proposed', 'Open'] },
  planning: { means: 'the agent writes a plan', usual: ['Planning', 'In Planning', 'Analysis', 'In Analysis'] },
  planReady: { means: 'the plan waits for a person', usual: ['Plan Ready', 'Ready for Approval', 'Planned', 'Ready'] },
  approved: { means: 'a person approved the plan; no other state may mean this', usual: ['Approved'] },
  inProgress: { means: 'the agent changes code', usual: ['In Progress', 'Active', 'Doing', 'Committed'] },
  prCreated: { means: 'a pull request waits', usual: ['PR Created', 'In Review', 'Review', 'Code Review', 'Resolved'] },
  deployed: { means: 'it is merged and deployed', usual: ['Deployed', 'Done', 'Closed', 'Completed'] },
  rejected: { means: 'the agent cannot do it', usual: ['Rejected', 'Declined'], isOptional: true },
  failed: { means: 'something failed', usual: ['Failed', 'Blocked'], isOptional: true },
};

/** The state that is called as usual; undefined if none is. */
function guessed(key: StateKey, states: readonly string[]): string | undefined {
  const byName = new Map(states.map((state) => [state.toLowerCase(), state]));
  const name = meanings[key].usual.find((usual) => byName.has(usual.toLowerCase()));
  return name && byName.get(name.toLowerCase());
}

const guessesIn = (states: readonly string[]) =>
  Object.fromEntries(stateKeys.map((key) => [key, guessed(key, states)])) as StateMapping;

const countOf = (mapping: StateMapping) => Object.values(mapping).filter((state) => state !== undefined).length;

/** The types whose states fit best; types that all projects have for tests and reviews rarely fit. */
function likelyTypes(types: ReadonlyMap<string, readonly string[]>): string[] {
  const counts = [...types].map(([type, states]) => ({ type, count: countOf(guessesIn(states)) }));
  const best = Math.max(...counts.map(({ count }) => count));
  return counts.filter(({ count }) => count === best).map(({ type }) => type);
}

/** The states that all of these types have, in the order of the first. */
function sharedStates(types: ReadonlyMap<string, readonly string[]>, chosen: readonly string[]): string[] {
  const [first = [], ...others] = chosen.map((type) => types.get(type) ?? []);
  return first.filter((state) => others.every((states) => states.includes(state)));
}

async function askEach(ask: Ask, states: readonly string[], guesses: StateMapping): Promise<StateMapping> {
  const mapping: Partial<Record<StateKey, string | undefined>> = {};
  for (const key of stateKeys) {
    const { means, isOptional } = meanings[key];
    const none = isOptional ? [{ value: undefined, label: 'No state' }] : [];
    const choices = [...states.map((state) => ({ value: state, label: state })), ...none];
    mapping[key] = await ask.choose<string | undefined>(`${key}: ${means}`, choices, guesses[key]);
  }
  return mapping;
}

const linesOf = (mapping: StateMapping) =>
  stateKeys.flatMap((key) => (mapping[key] ? [`${mapping[key]}: ${meanings[key].means}`] : [])).join('\n');

async function mappingOf(ask: Ask, states: readonly string[]): Promise<StateMapping> {
  const guesses = guessesIn(states);
  const isWhole = stateKeys.every((key) => meanings[key].isOptional || guesses[key] !== undefined);
  if (!isWhole) return askEach(ask, states, guesses);
  ask.say(linesOf(guesses));
  const choices = [
    { value: true, label: 'Yes' },
    { value: false, label: 'No, choose each' },
  ];
  return (await ask.choose('Do the states of the board mean this?', choices, true))
    ? guesses
    : askEach(ask, states, guesses);
}

const withoutUndefined = (mapping: StateMapping): StateMapping =>
  Object.fromEntries(Object.entries(mapping).filter(([, state]) => state !== undefined));

export const states: Question = {
  async ask(ask, answers, look) {
    if (!hasBoardToken(answers) || answers.project === undefined) return undefined;
    const types = await ask.during('Looking for states', () =>
      look(answers, ({ connections }) => connections.tracker.stateNames()),
    );
    if (isRefusal(types)) return types;
    const choices = [...types].map(([type, names]) => ({ value: type, label: type, hint: names.join(', ') }));
    const message = 'Which types of work items may the agent take? (none: later)';
    const chosen = await ask.several(message, choices, likelyTypes(types));
    if (chosen.length === 0) return undefined;
    const mapping = await mappingOf(ask, sharedStates(types, chosen));
    return { workItemTypes: chosen, stateMapping: withoutUndefined(mapping) };
  },
  looks: () => [checkStates],
};
