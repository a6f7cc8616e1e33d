/** How a turn of the engine ended, in the few words by which people tell such ends apart. */
import type { LogEntry } from '../../ipc/protocol.ts';
import type { WorkItem } from '../../work-items/work-item.ts';
import type { EngineTurnEnd } from './drive-item.ts';
import { clockCode, hasLeft, type TurnEnd } from './turn-outcome.ts';

type HowEnded = 'succeeded' | 'refused' | 'failed' | 'timed out' | 'stalled' | 'cancelled' | 'over budget';

/** The item went on to where the turn was to bring it, ended, or was taken away by people. */
function byPhase({ phase }: WorkItem): HowEnded {
  if (phase === 'failed' || phase === 'refused') return 'refused';
  return ['pr-created', 'deploying', 'deployed'].includes(phase) ? 'succeeded' : 'cancelled';
}

/** What stopped it before it was done. */
function byEngine({ ended, exhausted }: TurnEnd): HowEnded | undefined {
  if (exhausted || ended.outcome === 'budget') return 'over budget';
  if (ended.outcome === 'timed-out') return 'timed out';
  if (ended.outcome === 'stalled' || ended.outcome === 'error') return ended.outcome === 'error' ? 'failed' : 'stalled';
  return ended.outcome === 'aborted' ? 'cancelled' : undefined;
}

/** As the session's log has it. `at` is milliseconds since 1970. */
export function endEntry(turn: TurnEnd, end: EngineTurnEnd, at: number): LogEntry {
  const how = howEnded(turn, end);
  const { outcome, why } = turn.ended;
  return {
    at,
    kind: 'turn-ended',
    text: [how, clockCode(turn.ended) ?? outcome, why].filter(Boolean).join(': '),
    result: { outcome: how },
  };
}

/** `end` is what the turn means for its item. */
function howEnded(turn: TurnEnd, end: EngineTurnEnd): HowEnded {
  const { phase, began, item, product } = turn;
  const kind = 'event' in end ? end.event.kind : undefined;
  if (product.event || kind === 'change-made' || kind === 'left-as-is') return 'succeeded';
  if (hasLeft(item, phase) || item.phase !== began.phase) return byPhase(item);
  const stopped = byEngine(turn);
  if (stopped) return stopped;
  if (item.refusal && item.refusal.why !== began.refusal?.why) return 'refused';
  return kind === 'turn-fell-short' ? 'failed' : 'succeeded';
}
