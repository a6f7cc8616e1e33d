/** How a turn of the engine ended for its item, in the few words by which people tell such ends apart. */
import type { LogEntry } from '../../ipc/protocol.ts';
import type { WorkItem } from '../../work-items/work-item.ts';
import { endedEntry, type HowEnded, stoppedBy } from '../talk/how-ended.ts';
import type { EngineTurnEnd } from './drive-item.ts';
import { hasLeft, type TurnEnd } from './turn-outcome.ts';

/** The item went on to where the turn was to bring it, ended, or was taken away by people. */
function byPhase({ phase }: WorkItem): HowEnded {
  if (phase === 'failed' || phase === 'refused') return 'refused';
  return ['pr-created', 'deploying', 'deployed'].includes(phase) ? 'succeeded' : 'cancelled';
}

/** As the session's log has it. `at` is milliseconds since 1970. */
export function endEntry(turn: TurnEnd, end: EngineTurnEnd, at: number): LogEntry {
  return endedEntry(howEnded(turn, end), turn.ended, at);
}

/** `end` is what the turn means for its item. */
function howEnded(turn: TurnEnd, end: EngineTurnEnd): HowEnded {
  const { phase, began, item, product } = turn;
  const kind = 'event' in end ? end.event.kind : undefined;
  if (product.event || kind === 'change-made' || kind === 'left-as-is') return 'succeeded';
  if (hasLeft(item, phase) || item.phase !== began.phase) return byPhase(item);
  const stopped = stoppedBy(turn);
  if (stopped) return stopped;
  if (item.refusal && item.refusal.why !== began.refusal?.why) return 'refused';
  return kind === 'turn-fell-short' ? 'failed' : 'succeeded';
}
