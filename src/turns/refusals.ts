/** Tells the supervisor of each act that was refused in this worker, for the audit log; a flood is counted, not told one by one. */
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Redact } from '../base/redact.ts';
import { createTally } from '../base/tally.ts';
import type { SupervisorMethods } from '../ipc/protocol.ts';
import { limits } from '../limits.ts';
import type { NoteRefusal } from '../refusal.ts';

export interface RefusalNotesOptions {
  /** Rejects when the supervisor does not answer any more. */
  send: (refused: SupervisorMethods['refused']['params']) => Promise<unknown>;
  /** Hides every secret. */
  redact: Redact;
  log: Log;
}

/** One for a turn, or for what a worker does outside its turns. */
export function createRefusalNotes({ send, redact, log }: RefusalNotesOptions): NoteRefusal {
  const tally = createTally(limits.refusalKindsMax);
  const words = (text: string, charsMax: number) => redact(text).replace(/\s+/g, ' ').slice(0, charsMax);
  return ({ code, ...act }) => {
    const action = words(act.action, limits.refusedActionCharsMax);
    const target = words(act.target, limits.refusedTargetCharsMax);
    const counted = tally(`${code} ${action} ${target}`);
    if (!counted) return;
    const { count, isOther } = counted;
    const refused = isOther ? { action: 'other acts', target: '', code, count } : { action, target, code, count };
    send(refused).catch((error: unknown) => log.debug(messageOf(error)));
  };
}
