/** The way of a work item through its phases, read from its audit log: each stay with who began it, how long it took, and what was done. */
import { peoplePhases } from '../status/phase-waits.ts';
import type { AuditEntry } from '../store/audit-chain.ts';
import { isOver, type Phase } from '../work-items/phase.ts';
import { auditWords } from './log/audit-words.ts';
import type { Words } from './log/entry-words.ts';

/** One stay in a phase. */
export interface Visit {
  readonly phase: string;
  /** Milliseconds since 1970; `until` is null in the present phase. */
  readonly from: number;
  readonly until: number | null;
  /** Who brought it here, and how; absent for the first. */
  readonly by?: string;
  readonly how?: string;
  /** Who acts in this phase. */
  readonly on: 'people' | 'platform' | 'nobody';
  /** What was done and refused meanwhile, oldest first. */
  readonly acts: readonly (Words & { readonly at: number })[];
}

/** How long it waited for people, and how long the platform worked or waited, in milliseconds. */
export interface Waited {
  readonly people: number;
  readonly platform: number;
}

function actorIn(phase: Phase): Visit['on'] {
  if (isOver(phase)) return 'nobody';
  return peoplePhases.has(phase) ? 'people' : 'platform';
}

/** `planning to plan-ready`, and for one that gave up its code behind a comma. */
const changeIn = ({ outcome }: AuditEntry) => /^[a-z-]+ to ([a-z-]+)(?:,|$)/.exec(outcome)?.[1] as Phase | undefined;

/** Who brought it on, and how: where an effect did, what was done last says it. */
function broughtBy(entry: AuditEntry, { acts }: Pick<Visit, 'acts'>): Pick<Visit, 'by' | 'how'> {
  const done = acts.at(-1);
  const { who, what } = entry.action === 'effect-done' && done ? done : auditWords(entry);
  return { by: who, how: what.replace(/ \((?:permit [0-9a-f]+|[a-z-]+, now [a-z-]+.*)\)$/, '') };
}

interface Known {
  readonly beganAt: number;
  readonly phase: Phase;
  readonly now: number;
}

function visitsOf(entries: readonly AuditEntry[], { beganAt, phase }: Known): Visit[] {
  type Open = { -readonly [Name in keyof Visit]: Visit[Name] } & { acts: (Words & { at: number })[] };
  const enter = (into: Phase, from: number): Open => ({ phase: into, from, until: null, on: actorIn(into), acts: [] });
  const visits = [enter('intake', beganAt)];
  for (const entry of entries) {
    const last = visits.at(-1);
    const into = changeIn(entry);
    if (into !== undefined && last) {
      last.until = entry.at;
      visits.push({ ...enter(into, entry.at), ...broughtBy(entry, last) });
    } else if (entry.outcome !== 'intended') last?.acts.push({ ...auditWords(entry), at: entry.at });
  }
  // A log that was cut, or a backup that came back, does not lead to where the item is.
  const last = visits.at(-1);
  if (last && last.phase !== phase) {
    const at = last.acts.at(-1)?.at ?? last.from;
    last.until = at;
    visits.push(enter(phase, at));
  }
  return visits;
}

export function timelineOf(
  entries: readonly AuditEntry[],
  at: Known,
): { readonly visits: readonly Visit[]; readonly waited: Waited } {
  const visits = visitsOf(entries, at);
  const sum = (on: Visit['on']) =>
    visits.filter((visit) => visit.on === on).reduce((ms, { from, until }) => ms + (until ?? at.now) - from, 0);
  return { visits, waited: { people: sum('people'), platform: sum('platform') } };
}
