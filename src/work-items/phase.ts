/** The phases of a work item, ours alone, and the tile's state each of them shows as. */

export type Phase =
  | 'intake'
  | 'planning'
  | 'needs-info'
  | 'plan-ready'
  | 'executing'
  | 'pr-created'
  | 'deploying'
  | 'deployed'
  | 'cancelled'
  | 'refused'
  | 'failed';

/** The names that `devops.stateMapping` gives a tracker's states. */
export const stateKeys = [
  'new',
  'planning',
  'planReady',
  'approved',
  'inProgress',
  'prCreated',
  'deployed',
  'rejected',
  'failed',
] as const;

export type StateKey = (typeof stateKeys)[number];

/** From our name to the tracker's own name of a state; `rejected` and `failed` may be missing. */
export type StateMapping = Readonly<Partial<Record<StateKey, string | undefined>>>;

const shownAs: Readonly<Record<Phase, StateKey | undefined>> = {
  intake: 'new',
  planning: 'planning',
  'needs-info': 'planning',
  'plan-ready': 'planReady',
  executing: 'inProgress',
  'pr-created': 'prCreated',
  deploying: 'prCreated',
  deployed: 'deployed',
  cancelled: undefined,
  refused: 'rejected',
  failed: 'failed',
};

/** In the order in which an item goes through them; its ends come last. */
export const phases = Object.keys(shownAs) as readonly Phase[];

/** The state a tile is given when its item enters `phase`; undefined leaves the tile where people put it. */
export function stateOf(phase: Phase, mapping: StateMapping): string | undefined {
  const key = shownAs[phase];
  return key && mapping[key];
}

/** Phases in which nothing of ours goes on any more, until a person moves the tile. */
export function isOver(phase: Phase): boolean {
  return ['deployed', 'cancelled', 'refused', 'failed'].includes(phase);
}

export const tagPrefix = 'jv:';

/** A tag for each phase that a tile can show. */
export const phaseTags: readonly string[] = phases.map((phase) => `${tagPrefix}${phase}`);

/** The tags of a tile with ours set to `phase`, people's kept in their order. */
export function tagsWith(tags: readonly string[], phase: Phase): string[] {
  return [...tags.filter((tag) => !tag.toLowerCase().startsWith(tagPrefix)), `${tagPrefix}${phase}`];
}
