/**
 * The poll of one agent's board: which work items deserve a look, with as few board calls as can be and no model.
 *
 * changed since the last poll (one WIQL) -> summaries of those (batches of 200) -> ids whose tile and phase disagree.
 */
import { limits } from '../limits.ts';
import { isOver, type Phase, type StateKey, type StateMapping, stateOf } from './phase.ts';
import type { TileSummary, TrackerReads } from './tracker.ts';

export interface KnownItem {
  workItemId: number;
  phase: Phase;
}

export interface PollCursor {
  /** Changes up to here were seen, milliseconds since 1970. */
  seenUntil: number;
  /** When every item in our states was last listed. */
  sweptAt: number;
}

export interface PollOptions {
  tracker: TrackerReads;
  mapping: StateMapping;
  takes: (tile: Pick<TileSummary, 'type' | 'areaPath' | 'tags'>) => boolean;
  known: readonly KnownItem[];
  cursor: PollCursor | undefined;
  now: number;
}

export interface PollResult {
  /** Work items to look at, in the order of their ids. */
  due: number[];
  cursor: PollCursor;
}

/** Changes are asked for again from a little before the last poll: the tracker's clock and ours differ. */
const overlapMs = 120_000;

const startStates: readonly StateKey[] = ['new', 'approved'];

/** Phases that wait for something that the board does not show as a change. */
const watched: ReadonlySet<Phase> = new Set(['pr-created', 'deploying', 'executing', 'planning']);

export async function poll(options: PollOptions): Promise<PollResult> {
  const { tracker, mapping, takes, known, cursor, now } = options;
  const sweep = !cursor || now - cursor.sweptAt > limits.sweepHours * 3_600_000;
  const starts = startStates.flatMap((key) => mapping[key] ?? []);
  const changed = await tracker.changedSince(sweep ? undefined : cursor.seenUntil - overlapMs, sweep ? starts : []);
  const phases = new Map(known.map((item) => [item.workItemId, item.phase]));
  const open = known.filter((item) => !isOver(item.phase)).map((item) => item.workItemId);
  const asked = [...new Set(sweep ? [...changed, ...open] : changed)];
  const summaries = asked.length > 0 ? await tracker.summaries(asked) : [];

  const due = new Set(known.filter((item) => watched.has(item.phase)).map((item) => item.workItemId));
  for (const tile of summaries) {
    const phase = phases.get(tile.workItemId);
    const starting = starts.includes(tile.state) && takes(tile);
    if (phase === undefined || isOver(phase)) {
      if (starting && phase !== 'deployed') due.add(tile.workItemId);
    } else if (tile.state !== stateOf(phase, mapping) || phase === 'needs-info' || phase === 'plan-ready') {
      due.add(tile.workItemId);
    }
  }
  const seen = new Set(summaries.map((tile) => tile.workItemId));
  if (sweep) for (const workItemId of open) if (!seen.has(workItemId)) due.add(workItemId);
  return {
    due: [...due].sort((a, b) => a - b),
    cursor: { seenUntil: now, sweptAt: sweep ? now : cursor.sweptAt },
  };
}
