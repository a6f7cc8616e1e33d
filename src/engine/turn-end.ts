/** Decides how a turn ended and why: what we know ourselves counts more than what the CLI says. */
import type { Refusal } from '../refusal.ts';
import type { EngineEvent, EngineStart, TurnFault } from './engine.ts';
import type { ProgramEnd } from './sdk-events.ts';
import type { StopCause } from './turn-clock.ts';

type Ended = Extract<EngineEvent, { kind: 'ended' }>;
type Judged = Pick<Ended, 'outcome' | 'text' | 'why' | 'fault'>;

/** How the CLI ended, before it is judged. */
export type End = ProgramEnd | Pick<Ended, 'outcome' | 'why' | 'fault'>;

/** Removes stack traces, and replaces the gateway's address inside the sandbox: both mean nothing to a person. */
function plainWords(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^\s*at /.test(line));
  return lines
    .join('\n')
    .replaceAll(/(https?:\/\/)?localhost:8080[^\s)]*/g, 'the gateway')
    .trim();
}

/** Everything that is known about the end of a turn. */
interface SeenEnd {
  end: End;
  /** What stopped the turn, if anything did. */
  cause: StopCause | undefined;
  /** The gateway's refusal of the last call. */
  refusal: Refusal | undefined;
  /** Why the last call failed. */
  fault: TurnFault | undefined;
  /** The fault if the provider was silent when the turn was stopped. */
  silence: TurnFault | undefined;
}

const textOf = ({ refused, why }: Refusal) => `${refused}: ${why}`;
const whyOf = (fault: TurnFault) => ('refusal' in fault ? textOf(fault.refusal) : fault.why);

function faultOf(turn: EngineStart, { end, cause, fault, silence }: SeenEnd): TurnFault | undefined {
  if ('fault' in end && end.fault) return end.fault;
  const known = (cause === 'stalled' ? silence : undefined) ?? fault;
  if (known || !('isTooLong' in end && end.isTooLong)) return known;
  return { kind: 'too-long', why: `the conversation is too long for ${turn.model}: ${plainWords(end.why ?? '')}` };
}

/** The final outcome of the turn. */
export function judge(turn: EngineStart, seen: SeenEnd): Judged {
  const { end, cause, refusal } = seen;
  if (cause === 'aborted') return { outcome: cause, why: 'the turn was cancelled' };
  if (cause === undefined && end.outcome === 'done')
    return { outcome: 'done', text: 'text' in end ? end.text : undefined };
  if (cause === undefined && refusal?.refused.startsWith('BUDGET_')) return { outcome: 'budget', why: textOf(refusal) };
  const fault = faultOf(turn, seen);
  const stopped =
    cause === 'timed-out'
      ? `the turn took longer than ${turn.turnTimeMs / 1_000} s`
      : cause === 'stalled' && `nothing happened for ${turn.stallMs / 1_000} s`;
  const own = refusal ? textOf(refusal) : plainWords(end.why ?? '');
  const why = [stopped, fault ? whyOf(fault) : !stopped && own].filter(Boolean).join(': ');
  return { outcome: cause ?? 'error', why, fault };
}
