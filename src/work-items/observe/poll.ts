/**
 * The poll of one agent's board: which work items deserve a look, with as few board calls as can be and no model.
 *
 * changed since the last poll (one query) -> summaries of those (batches of 200), whole tiles of those whose plan waits
 * for approval -> ids whose tile and phase disagree, or whose content is not that of their plan any more.
 */
import { limits } from '../../limits.ts';
import type { Code } from '../../refusal.ts';
import { meaningOf } from '../code-meaning.ts';
import { isOver, type Phase, type StateKey, type StateMapping, stateOf } from '../phase.ts';
import { rankDefault, rankOf } from '../rank.ts';
import type { Tile, TileSummary, TrackerReads } from '../tracker.ts';

export interface KnownItem {
  workItemId: number;
  phase: Phase;
  /** Why it rests, where that was said. */
  waits?: Code;
  /** When that may be over, milliseconds since 1970, where it is known. */
  waitsUntil?: number;
  /** Of the content that its plan was made from. */
  contentHash?: string;
  /** A rule of the board refused a move of its tile: any change of it may be the fix. */
  isBarred?: true;
  /** When it was cancelled for its closed pull request, milliseconds since 1970: people may reopen or merge that one. */
  closedAt?: number;
}

export interface PollCursor {
  /** Changes up to here were seen, milliseconds since 1970. */
  seenUntil: number;
  /** When every item in our states was last listed. */
  sweptAt: number;
  /** The head of the target branch when plans were last held against it. */
  targetSha?: string | undefined;
}

export interface PollOptions {
  tracker: TrackerReads;
  mapping: StateMapping;
  takes: (tile: Pick<TileSummary, 'type' | 'tags'>) => boolean;
  known: readonly KnownItem[];
  cursor: PollCursor | undefined;
  /** The head of the target branch at this moment. */
  targetHead: () => Promise<string | undefined>;
  /** The tag of items that go before others of their priority. */
  expediteTag?: string | undefined;
  now: number;
}

export interface PollResult {
  /** Work items to look at, those that shall start first before the others. */
  due: number[];
  /** How soon each item that was read shall start, the lower the sooner. */
  ranks: { workItemId: number; rank: number }[];
  cursor: PollCursor;
}

/** Changes are asked for again from a little before the last poll: the tracker's clock and ours differ. */
const clockSkewMs = 120_000;

const startStates: readonly StateKey[] = ['new', 'approved'];

/** Phases that wait for something that the board does not show as a change. */
const watched: ReadonlySet<Phase> = new Set(['pr-created', 'deploying', 'executing', 'planning']);

/**
 * Without money no turn gets on, so that such an item is left to its hour; one that people may merge is watched all the
 * same, and so is one whose money other turns give back soon.
 */
const isOutOfMoney = ({ phase, waits, waitsUntil }: KnownItem) =>
  waits === 'BUDGET_DAY' && waitsUntil === undefined && phase !== 'pr-created';

function isWatched(item: KnownItem, now: number): boolean {
  if (isOutOfMoney(item)) return false;
  if (item.closedAt !== undefined && now - item.closedAt < limits.closedDays * 86_400_000) return true;
  return (
    watched.has(item.phase) ||
    (!isOver(item.phase) && item.waits !== undefined && meaningOf({ refused: item.waits }).endsElsewhere === true)
  );
}

/** Plans are held against the target branch only when it moved. */
async function readTarget({ known, targetHead, cursor }: PollOptions) {
  const waiting = known.filter(({ phase }) => phase === 'plan-ready').map(({ workItemId }) => workItemId);
  if (waiting.length === 0) return { overtaken: [], targetSha: cursor?.targetSha };
  const targetSha = await targetHead();
  return { overtaken: targetSha === cursor?.targetSha ? [] : waiting, targetSha };
}

/** Phases in which a change of anything but the state counts too. */
const untouched: ReadonlySet<Phase> = new Set(['intake', 'needs-info']);

type Seen = TileSummary & Partial<Pick<Tile, 'contentHash'>>;

/** Whole tiles of the items whose plan waits for approval, since only these tell whether people edited what was planned. */
async function readChanged(tracker: TrackerReads, asked: readonly number[], known: ReadonlyMap<number, KnownItem>) {
  const isPlanned = (workItemId: number) => known.get(workItemId)?.phase === 'plan-ready';
  const [planned, others] = [asked.filter(isPlanned), asked.filter((workItemId) => !isPlanned(workItemId))];
  const tiles: Seen[] = planned.length > 0 ? await tracker.tiles(planned) : [];
  const summaries: Seen[] = others.length > 0 ? await tracker.summaries(others) : [];
  return [...summaries, ...tiles];
}

/** Whether what the board shows of a work item calls for a look at it. */
function callsForLook(tile: Seen, item: KnownItem | undefined, { mapping, takes }: PollOptions): boolean {
  if (item?.isBarred) return true;
  if (!item || isOver(item.phase)) {
    const starts = startStates.some((key) => mapping[key] === tile.state);
    return starts && takes(tile) && item?.phase !== 'deployed';
  }
  const { phase, contentHash } = item;
  if (tile.state !== stateOf(phase, mapping) || untouched.has(phase)) return true;
  return phase === 'plan-ready' && (tile.contentHash !== contentHash || !takes(tile));
}

export async function poll(options: PollOptions): Promise<PollResult> {
  const { tracker, mapping, known, cursor, now } = options;
  const sweep = !cursor || now - cursor.sweptAt > limits.sweepHours * 3_600_000;
  const starts = sweep ? startStates.flatMap((key) => mapping[key] ?? []) : [];
  const changed = await tracker.changedSince(sweep ? undefined : cursor.seenUntil - clockSkewMs, starts);
  const items = new Map(known.map((item) => [item.workItemId, item]));
  const open = known.filter((item) => !isOver(item.phase)).map((item) => item.workItemId);
  const asked = [...new Set(sweep ? [...changed, ...open] : changed)];
  const tiles = await readChanged(tracker, asked, items);

  const { overtaken, targetSha } = await readTarget(options);
  const due = new Set([...known.filter((item) => isWatched(item, now)).map((item) => item.workItemId), ...overtaken]);
  for (const tile of tiles) {
    if (callsForLook(tile, items.get(tile.workItemId), options)) due.add(tile.workItemId);
  }
  const seen = new Set(tiles.map((tile) => tile.workItemId));
  if (sweep) for (const workItemId of open) if (!seen.has(workItemId)) due.add(workItemId);
  const ranks = new Map(tiles.map((tile) => [tile.workItemId, rankOf(tile, options.expediteTag)]));
  const rank = (workItemId: number) => ranks.get(workItemId) ?? rankDefault;
  return {
    due: [...due].sort((a, b) => rank(a) - rank(b) || a - b),
    ranks: [...ranks].map(([workItemId, itsRank]) => ({ workItemId, rank: itsRank })),
    cursor: { seenUntil: now, sweptAt: sweep ? now : cursor.sweptAt, targetSha },
  };
}
