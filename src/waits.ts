/** All pauses before a retry, by cause, and the time at which a pause is over. */

const [second, minute, hour] = [1_000, 60_000, 3_600_000];

/** A list of pauses that double from the first to the last. */
function doubling(firstMs: number, lastMs: number): readonly number[] {
  const rest = firstMs * 2 < lastMs ? doubling(firstMs * 2, lastMs) : [lastMs];
  return [firstMs, ...rest];
}

/** In milliseconds. Each try uses the next entry of a list; further tries use the last one. */
export const pauses = {
  /** A turn failed, or a worker ended while it started. */
  broken: [second, 30 * second, 5 * minute, hour],
  /** A rule of the board refused a move. */
  boardRule: doubling(minute, hour),
  /** The model's provider failed. */
  model: doubling(10 * second, 10 * minute),
  /** Another turn is testing the model's provider, or other turns may release reserved money. */
  outage: minute,
  /** Other turns have reserved the money and will release what they do not need. */
  moneyAside: 5 * second,
  /** The budget of the day is used up. */
  moneyOfDay: hour,
  /** The other side limits us or is not reachable, and does not say for how long. */
  limited: 30 * second,
  unreachable: 15 * second,
  /** An instance does not answer to a deployment. */
  unanswered: doubling(15 * second, 15 * minute),
  /** A token is refused, or something moved or is too old: a person must act. */
  token: 5 * minute,
  /** Somebody else wrote at the same time. */
  conflict: second,
  /** A plan is out of date: it is made again, less and less often while its files keep changing. */
  stalePlan: doubling(10 * minute, 4 * hour),
  /** The set-up of the repository failed. */
  setUp: 5 * minute,
  /** Only another node has what the work continues from. */
  elsewhere: minute,
  /** A deployment by others is not reported yet. */
  deployedByOthers: minute,
  /** The board does not have the states that the agent needs. */
  boardStates: minute,
  /** The inbox is full. */
  inbox: minute,
  /** Our own work continued in the meantime, or people moved something: the next look shows it. */
  look: 15 * second,
  lookSoon: second,
  /** One turn had too many events. */
  tooManyEvents: minute,
  /** A due reminder could not be posted. */
  reminder: hour,
  /** Slack cannot be reached; and after its connection ended at once, again and again. */
  slack: doubling(second, minute),
  /** A token of Slack is refused, or the app was removed: it is asked again in case an administrator brings it back. */
  slackDead: hour,
  /** The webhook of the ops channel does not take what it is told. */
  opsWebhook: doubling(15 * second, 15 * minute),
  /** A heartbeat could not be stored. */
  beat: doubling(second, minute),
  /** A worker could not start. */
  worker: 30 * second,
} as const satisfies Record<string, number | readonly number[]>;

/** The time of the next try after a failure at `at`, with `tries` tries before it; milliseconds since 1970. */
export function tryAgainAt(at: number, pause: number | readonly number[], tries = 0): number {
  if (typeof pause === 'number') return at + pause;
  return at + (pause[Math.min(tries, pause.length - 1)] ?? 0);
}

/** The pause of a list after it has failed for `failingMs`: the first one that is at least as long, so that each about doubles. */
export function pauseSince(list: readonly number[], failingMs: number): number {
  return list.find((pause) => pause >= failingMs) ?? list.at(-1) ?? 0;
}
