/** How long is waited before something is tried again: every pause, by what is waited for, and the moment at which it is over. */

const [second, minute, hour] = [1_000, 60_000, 3_600_000];

/** Pauses that double from the first to the last. */
function doubling(firstMs: number, lastMs: number): readonly number[] {
  const rest = firstMs * 2 < lastMs ? doubling(firstMs * 2, lastMs) : [lastMs];
  return [firstMs, ...rest];
}

/** Milliseconds. Of a list each try takes the next one, and all further tries its last. */
export const pauses = {
  /** A turn that broke, or a worker that ended at its start. */
  broken: [second, 30 * second, 5 * minute, hour],
  /** A rule of the board refused a move. */
  boardRule: doubling(minute, hour),
  /** The model's provider failed. */
  model: doubling(10 * second, 10 * minute),
  /** The model's provider is asked by another turn, or the money that others set aside comes back. */
  outage: minute,
  /** The model's money is set aside by other turns, which give back what they do not need. */
  moneyAside: 5 * second,
  /** The day's money is used up. */
  moneyOfDay: hour,
  /** The other side limits us, or was not reached, where it does not say for how long. */
  limited: 30 * second,
  unreachable: 15 * second,
  /** A token that is not let in. */
  token: 5 * minute,
  /** Somebody wrote in between. */
  conflict: second,
  /** A plan is out of date: it is made again, less and less often while its files keep changing. */
  stalePlan: doubling(10 * minute, 4 * hour),
  /** A set-up of the repository failed. */
  setUp: 5 * minute,
  /** What was deployed by others is not reported yet. */
  deployedByOthers: minute,
  /** A board lacks states that the agent counts on. */
  boardStates: minute,
  /** The inbox is full. */
  inbox: minute,
  /** Something of ours went on meanwhile, or people moved something: the next look tells. */
  look: 15 * second,
  lookSoon: second,
  /** One turn had too many events. */
  tooManyEvents: minute,
  /** A reminder that was due could not be given. */
  reminder: hour,
  /** A worker could not start. */
  worker: 30 * second,
} as const satisfies Record<string, number | readonly number[]>;

/** When it may be tried again that was tried `tries` times before this failure at `at`; milliseconds since 1970. */
export function tryAgainAt(at: number, pause: number | readonly number[], tries = 0): number {
  if (typeof pause === 'number') return at + pause;
  return at + (pause[Math.min(tries, pause.length - 1)] ?? 0);
}
