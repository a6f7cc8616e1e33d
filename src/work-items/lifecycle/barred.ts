/**
 * What a rule of the board does to our moves of the tile, in every phase alike.
 *
 * refused by a rule -> told once in the rule's words -> waits -> tried again without a word -> taken, or given up where
 * people moved the tile themselves. Phase, plan and approval stay as they are.
 */
import { isDeepStrictEqual } from 'node:util';
import type { BoardMove } from '../board-move.ts';
import type { WorkItem } from '../work-item.ts';
import type { Decision, EventOf, LifecycleEvent } from './events.ts';
import { sayOnTile } from './moves.ts';

const moveKinds: ReadonlySet<string> = new Set(['claim-plan', 'claim-execution', 'link', 'show']);

const isBoardMove = (intent: { kind: string }): intent is BoardMove => moveKinds.has(intent.kind);

/** A move for a phase that the item has left is of no use any more: another one shows where it is now. */
function isWanted(move: BoardMove, { phase }: WorkItem): boolean {
  if (move.kind === 'show') return move.phase === phase;
  if (move.kind === 'link') return true;
  return phase === (move.kind === 'claim-plan' ? 'planning' : 'executing');
}

const fix = 'Fill in what the rule asks for, or change the rule, and leave the state of the work item as it is.';

/** Words that are new at each try, with a time or a number in them, are not said for ever. */
const toldMax = 5;

function refusedText({ phase, approval }: WorkItem, why: string): string {
  const kept = approval && phase === 'executing' ? ' The plan and its approval are kept.' : '';
  return `**A rule of the board refused this agent's change of the work item.** ${why.replace(/\.+$/, '')}.${kept}\n\n${fix} The agent tries again at once after each change, and about every hour.`;
}

function bar(item: WorkItem, move: BoardMove, { refusal, seen }: EventOf<'effect-refused'>): Decision {
  if (!seen || !isWanted(move, item)) return { item, intents: [] };
  const { barred: before } = item;
  const others = before?.moves.filter((other) => !isDeepStrictEqual(other, move)) ?? [];
  const tries = before?.tries ?? 0;
  const barred = { ...seen, moves: [...others, move], refusal: { ...refusal, fix }, tries };
  const told = before?.told ?? [];
  if (told.includes(refusal.why) || told.length >= toldMax) {
    return { item: { ...item, barred: { ...barred, told } }, intents: [] };
  }
  return sayOnTile({ ...item, barred: { ...barred, told: [...told, refusal.why] } }, refusedText(item, refusal.why));
}

/** Tries the barred moves once more; without effect where there are none. */
export function tryBarred(item: WorkItem): Decision {
  const { barred } = item;
  if (!barred) return { item, intents: [] };
  return { item: { ...item, barred: { ...barred, tries: barred.tries + 1 } }, intents: [...barred.moves] };
}

/** People moved the tile: what the move was to say they have decided themselves. A link says nothing of the state. */
function letGo({ barred, ...item }: WorkItem): Decision {
  return { item, intents: barred?.moves.filter(({ kind }) => kind === 'link') ?? [] };
}

/** What follows from an event that only concerns barred moves; undefined for all others, which the phase's rows judge. */
export function onBarred(item: WorkItem, event: LifecycleEvent): Decision | undefined {
  if (event.kind === 'unbarred') return event.again ? tryBarred(item) : letGo(item);
  if (event.kind !== 'effect-refused' || event.refusal.refused !== 'OUTSIDE_REFUSED') return undefined;
  return event.seen && isBoardMove(event.intent) ? bar(item, event.intent, event) : undefined;
}

/** What is left of the barred moves after an event: none that the board took, and none of a phase that was left. */
export function withoutTaken(before: WorkItem, event: LifecycleEvent, next: Decision): Decision {
  const { barred, ...item } = next.item;
  if (!barred) return next;
  const taken = event.kind === 'effect-done' ? event.intent : undefined;
  const moves = barred.moves.filter((move) => isWanted(move, next.item) && !isDeepStrictEqual(move, taken));
  if (before.phase !== item.phase || moves.length === 0) return { ...next, item };
  return { ...next, item: { ...item, barred: { ...barred, moves } } };
}
