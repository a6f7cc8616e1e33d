/**
 * Why a work item is not moving.
 *
 * faults of the agent -> pause -> what was refused outside -> why the last turn came to rest -> hold -> the item itself
 */
import type { Code, Refusal } from '../refusal.ts';
import type { OpenEffect } from '../store/effects.ts';
import type { StoredSession } from '../store/session-rows.ts';
import { waitingFor } from '../work-items/lifecycle/status.ts';
import { isOver, type Phase } from '../work-items/phase.ts';

export interface Explanation {
  readonly phase: Phase | null;
  /** Null when nothing is left to wait for. */
  readonly waitingFor: string | null;
  readonly code: Code | null;
  readonly why: string | null;
  readonly mend: string | null;
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

/** What these codes wait for, whatever the phase. */
const waitingForCode: Partial<Record<Code, string>> = {
  PAUSED: 'the end of the pause',
  FREEZE: 'the end of the freeze',
  HOLD: 'a person who looks at the failed deployment and releases the instance',
  DRIFT: 'a person who decides what the instance runs',
  OVERLAP: 'another work item',
  BUDGET_DAY: 'the next day',
  CRASHED: 'the next try, since its turns broke',
  CONFIG_UNTRUSTED: 'a person who trusts the changed configuration',
  WORKERS: 'a worker, all of which are busy',
  SETUP: 'a set-up of the repository that works',
  SANDBOX_UNAVAILABLE: 'a machine that lets programs be shut in',
  OUTSIDE_AUTH: 'a token that is let in',
  OUTSIDE_LIMITED: 'the other side, which limits us or has not got so far',
  OUTSIDE_UNREACHABLE: 'the other side, which does not answer as it should',
};

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
  if (isRunning) return { phase, waitingFor: 'the turn that is under way', code: null, why: null, mend: null };
  const reason = reasonOf(facts);
  const isBarred = reason !== undefined && reason === session?.item?.barred?.refusal;
  const waitingForReason = isBarred ? waitingForBoard : (reason?.system ?? (reason && waitingForCode[reason.refused]));
  const unknown = session ? 'its first turn' : 'the next look at the board';
  return {
    phase,
    waitingFor:
      phase && isOver(phase) && !isBarred
        ? waitingFor[phase]
        : (waitingForReason ?? (phase ? waitingFor[phase] : unknown)),
    code: reason?.refused ?? null,
    why: reason?.why ?? null,
    mend:
      reason?.mend ??
      (session ? null : 'It must be in a state, of a type, in an area and with a tag that the agent takes up.'),
  };
}
