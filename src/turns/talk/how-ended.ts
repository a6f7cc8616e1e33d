/** How a turn of the engine ended, in the few words by which people tell such ends apart, and as the session's log has it. */
import type { LogEntry } from '../../ipc/protocol.ts';
import type { Ended } from './follow-engine.ts';
import type { TalkEnd } from './talk.ts';

export type HowEnded = 'succeeded' | 'refused' | 'failed' | 'timed out' | 'stalled' | 'cancelled' | 'over budget';

/** What stopped it before it was done, if anything did. */
export function stoppedBy({ ended, exhausted }: Pick<TalkEnd, 'ended' | 'exhausted'>): HowEnded | undefined {
  if (exhausted || ended.outcome === 'budget') return 'over budget';
  if (ended.outcome === 'timed-out') return 'timed out';
  if (ended.outcome === 'stalled' || ended.outcome === 'error') return ended.outcome === 'error' ? 'failed' : 'stalled';
  return ended.outcome === 'aborted' ? 'cancelled' : undefined;
}

/** What stopped a turn that was stopped by the clock. */
export function clockCode({ outcome }: Ended): 'TURN_TIME' | 'STALLED' | undefined {
  if (outcome === 'timed-out') return 'TURN_TIME';
  return outcome === 'stalled' ? 'STALLED' : undefined;
}

/** `at` is milliseconds since 1970. */
export function endedEntry(how: HowEnded, ended: Ended, at: number): LogEntry {
  const text = [how, clockCode(ended) ?? ended.outcome, ended.why].filter(Boolean).join(': ');
  return { at, kind: 'turn-ended', text, result: { outcome: how } };
}
