/** Looks through a history for what must never be: two owners at once, lost or repeated work, and work that nobody takes. */
import type { Entry } from './history.ts';

export type Fault = 'two owners' | 'taken early' | 'lost' | 'repeated' | 'stuck';

export interface Finding {
  readonly fault: Fault;
  readonly session: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface Checked {
  readonly findings: readonly Finding[];
  /** How long each due session had nobody who works on it, in milliseconds, the longest last. */
  readonly gapsMs: readonly number[];
}

export interface CheckOptions {
  /** A gap of work that is longer than this is a finding. */
  readonly gapMsMax: number;
  /** When work could go on after nobody could have worked, in milliseconds since 1970. */
  readonly backAt?: number;
}

/** After a claim one holder writes, and nobody who wrote before it. */
function twoOwners(entries: readonly Entry[]): Finding[] {
  const findings: Finding[] = [];
  const before = new Set<string>();
  let holder: string | undefined;
  for (const { kind, session, at, holder: by } of entries) {
    if (kind === 'claim') {
      if (holder !== undefined) before.add(holder);
      holder = undefined;
    }
    if (kind !== 'write' || by === undefined || by === holder) continue;
    if (before.has(by) || holder !== undefined) findings.push({ fault: 'two owners', session, at });
    else holder = by;
  }
  return findings;
}

/** A claim wins only when the lease before it is over. */
function takenEarly(entries: readonly Entry[]): Finding[] {
  return entries
    .filter(({ kind, at, until }) => kind === 'claim' && until !== undefined && until > at)
    .map(({ session, at }) => ({ fault: 'taken early', session, at }));
}

/** Each wake is worked on by a claim that begins later, and work is done at most once for each. */
function lostOrRepeated(entries: readonly Entry[]): Finding[] {
  const findings: Finding[] = [];
  let open: Entry | undefined;
  let taken: Entry | undefined;
  let wakes = 0;
  for (const entry of entries) {
    const { kind, session, at } = entry;
    if (kind === 'wake') wakes += 1;
    if (kind === 'due') open ??= entry;
    if (kind === 'claim' && (open?.until ?? at) <= at) {
      taken ??= open;
      open = undefined;
    }
    if (kind !== 'done') continue;
    wakes -= 1;
    if (wakes < 0) findings.push({ fault: 'repeated', session, at });
    taken = undefined;
  }
  const left = taken ?? open;
  return left ? [...findings, { fault: 'lost', session: left.session, at: left.at }] : findings;
}

/** From when there is work, and the last one who had it said a word, to the first word of the next. A wake means: now. */
function gaps(entries: readonly Entry[], backAt: number): { at: number; ms: number }[] {
  const found: { at: number; ms: number }[] = [];
  let since: number | undefined;
  let nextDue: number | undefined;
  let holder: string | undefined;
  for (const { kind, at, holder: by } of entries) {
    if (since !== undefined && since < backAt && backAt <= at) since = backAt;
    if (kind === 'due') {
      since ??= at;
      if (holder !== undefined) nextDue ??= at;
    }
    if (kind === 'write' && by !== undefined) {
      if (since !== undefined && by !== holder) found.push({ at, ms: at - since });
      holder = by;
      since = at;
    }
    if (kind !== 'over' && kind !== 'done') continue;
    since = kind === 'over' || nextDue !== undefined ? at : undefined;
    holder = undefined;
    nextDue = undefined;
  }
  return found;
}

/** `history` is in the order in which it happened, and nothing is at work any more. */
export function check(history: readonly Entry[], { gapMsMax, backAt = 0 }: CheckOptions): Checked {
  const perSession = [...Map.groupBy(history, ({ session }) => session)];
  const findings = perSession.flatMap(([session, entries]) => [
    ...twoOwners(entries),
    ...takenEarly(entries),
    ...lostOrRepeated(entries),
    ...gaps(entries, backAt)
      .filter(({ ms }) => ms > gapMsMax)
      .map(({ at }): Finding => ({ fault: 'stuck', session, at })),
  ]);
  const gapsMs = perSession.flatMap(([, entries]) => gaps(entries, backAt).map(({ ms }) => ms));
  return { findings, gapsMs: gapsMs.toSorted((a, b) => a - b) };
}
