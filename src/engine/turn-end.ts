/** How a turn ended and whose fault it was: our own knowledge of it goes before what the program says. */
import type { Refusal } from '../refusal.ts';
import type { EngineEvent, EngineRun, TurnFault } from './engine.ts';
import type { ProgramEnd } from './sdk-events.ts';
import type { StopCause } from './turn-clock.ts';

type Ended = Extract<EngineEvent, { kind: 'ended' }>;
type Judged = Pick<Ended, 'outcome' | 'text' | 'why' | 'fault'>;

/** How the program's part ended, before it is judged. */
export type End = ProgramEnd | Pick<Ended, 'outcome' | 'why' | 'fault'>;

/** Lines of a stack, and the address under which the program knows the gateway, say nothing to a person. */
function plainWords(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^\s*at /.test(line));
  return lines
    .join('\n')
    .replaceAll(/(https?:\/\/)?localhost:8080[^\s)]*/g, 'the gateway')
    .trim();
}

/** All that is known of the end of a turn. */
interface SeenEnd {
  end: End;
  /** What stopped it, if it was stopped. */
  cause: StopCause | undefined;
  /** Our own no to the last call of the model. */
  refusal: Refusal | undefined;
  /** Whose fault it was that the last call did not succeed. */
  fault: TurnFault | undefined;
  /** The provider's silence when the turn was stopped. */
  silence: TurnFault | undefined;
}

const textOf = ({ refused, why }: Refusal) => `${refused}: ${why}`;
const whyOf = (fault: TurnFault) => ('refusal' in fault ? textOf(fault.refusal) : fault.why);

function faultOf(turn: EngineRun, { end, cause, fault, silence }: SeenEnd): TurnFault | undefined {
  if ('fault' in end && end.fault) return end.fault;
  const known = (cause === 'stalled' ? silence : undefined) ?? fault;
  if (known || !('isTooLong' in end && end.isTooLong)) return known;
  return { kind: 'too-long', why: `the conversation is too long for ${turn.model}: ${plainWords(end.why ?? '')}` };
}

/** How the turn ended, as it is told. */
export function judge(turn: EngineRun, seen: SeenEnd): Judged {
  const { end, cause, refusal } = seen;
  if (cause === 'aborted') return { outcome: cause, why: 'the turn was called off' };
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
