/**
 * Why a work item is not moving.
 *
 * pause -> faults of the agent -> hold -> what was refused outside -> why the last turn came to rest -> the item itself
 */
import { type Code, codes, type Refusal, refuse } from '../refusal.ts';
import type { OpenEffect } from '../store/effects.ts';
import type { LogEntry } from '../store/session-log.ts';
import type { StoredSession } from '../store/session-rows.ts';
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
  readonly lastEntry: LogEntry | undefined;
}

const waitingFor: Readonly<Record<Phase, string | null>> = {
  intake: 'its first turn',
  planning: "the agent's plan",
  'needs-info': "a person's answer on the work item",
  'plan-ready': "a person's decision on the plan: approved or rejected",
  executing: "the agent's change and the tests of it on the host",
  'pr-created': 'people to review and merge the pull request',
  deploying: 'the deployment of the merged change',
  deployed: null,
  cancelled: 'a person who moves the work item to new or approved',
  refused: 'a person who moves the work item to new or approved',
  failed: 'a person who moves the work item to new or approved',
};

/** A reason is noted just before its session comes to rest; an older one belongs to a turn that is over. */
const restNoteMs = 5_000;

const waitsForm = /^([A-Z_]+): (.*)$/s;

function isCode(text: string): text is Code {
  return text in codes;
}

/** The refusal that a log entry `CODE: why. mend` tells of. */
function refusalIn({ kind, text = '' }: LogEntry): Refusal | undefined {
  const [, code = '', words = ''] = waitsForm.exec(text) ?? [];
  if (kind !== 'waits' || !isCode(code)) return undefined;
  const mend = codes[code];
  return refuse(code, words.endsWith(`. ${mend}`) ? words.slice(0, -mend.length - 2) : words);
}

function restReason(entry: LogEntry | undefined, { lastActiveAt }: StoredSession): Refusal | undefined {
  return entry && lastActiveAt - entry.at < restNoteMs ? refusalIn(entry) : undefined;
}

function reasonOf({ session, stopped, hold, openEffects, lastEntry }: ExplainFacts): Refusal | undefined {
  const { item } = session ?? {};
  if (item && isOver(item.phase)) return item.refusal;
  const refused = openEffects.find(({ refusal }) => refusal !== undefined)?.refusal;
  return (
    stopped ??
    (item?.phase === 'deploying' ? hold : undefined) ??
    refused ??
    (session && restReason(lastEntry, session)) ??
    item?.refusal
  );
}

export function explain(facts: ExplainFacts): Explanation {
  const { session, isRunning } = facts;
  const phase = session?.item?.phase ?? null;
  if (isRunning) return { phase, waitingFor: 'the turn that is under way', code: null, why: null, mend: null };
  const reason = reasonOf(facts);
  const unknown = session ? 'its first turn' : 'the next look at the board';
  return {
    phase,
    waitingFor: phase ? waitingFor[phase] : unknown,
    code: reason?.refused ?? null,
    why: reason?.why ?? null,
    mend:
      reason?.mend ??
      (session ? null : 'It must be in a state, of a type, in an area and with a tag that the agent takes up.'),
  };
}
