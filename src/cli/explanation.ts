/**
 * Why a work item is not moving.
 *
 * faults of the agent -> pause -> what was refused outside -> why the last turn came to rest -> hold -> the item itself
 */
import type { Code, Refusal } from '../refusal.ts';
import type { OpenEffect } from '../store/effects.ts';
import type { StoredSession } from '../store/session-rows.ts';
import { meaningOf } from '../work-items/code-meaning.ts';
import { waitingFor } from '../work-items/lifecycle/status.ts';
import { isOver, type Phase } from '../work-items/phase.ts';

export interface Explanation {
  readonly phase: Phase | null;
  /** Null when nothing is left to wait for. */
  readonly waitingFor: string | null;
  readonly code: Code | null;
  readonly why: string | null;
  readonly fix: string | null;
}

export interface ExplainFacts {
  /** Undefined while nobody has taken the item up. */
  readonly session: StoredSession | undefined;
  readonly isRunning: boolean;
  /** Why the agent has no turns at all. */
  readonly stopped: Refusal | undefined;
  readonly hold: Refusal | undefined;
  readonly openEffects: readonly OpenEffect[];
}

/** A change of the tile is tried again until the board takes it. */
const waitingForBoard = "the board, a rule of which refuses this agent's change of the work item";

function reasonOf({ session, stopped, hold, openEffects }: ExplainFacts): Refusal | undefined {
  const { item } = session ?? {};
  const barred = item?.barred?.refusal;
  if (item && isOver(item.phase)) return barred ?? item.refusal;
  const refused = openEffects.find(({ refusal }) => refusal !== undefined)?.refusal;
  return (
    stopped ?? refused ?? barred ?? session?.waits ?? (item?.phase === 'deploying' ? hold : undefined) ?? item?.refusal
  );
}

export function explain(facts: ExplainFacts): Explanation {
  const { session, isRunning } = facts;
  const phase = session?.item?.phase ?? null;
  if (isRunning) return { phase, waitingFor: 'the turn that is under way', code: null, why: null, fix: null };
  const reason = reasonOf(facts);
  const isBarred = reason !== undefined && reason === session?.item?.barred?.refusal;
  const waitingForReason = isBarred ? waitingForBoard : (reason?.system ?? (reason && meaningOf(reason).waitsFor));
  const unknown = session ? 'its first turn' : 'the next look at the board';
  return {
    phase,
    waitingFor:
      phase && isOver(phase) && !isBarred
        ? waitingFor[phase]
        : (waitingForReason ?? (phase ? waitingFor[phase] : unknown)),
    code: reason?.refused ?? null,
    why: reason?.why ?? null,
    fix:
      reason?.fix ??
      (session ? null : 'It must be in a state, of a type, in an area and with a tag that the agent takes up.'),
  };
}
