/** Whether the engine's stored conversation can continue: it must be whole, and the engine must accept it. */
import { transcriptFault } from '../../engine/transcript-fault.ts';
import type { Conversation, Followed } from './follow-engine.ts';

/** Why the rows of a stored conversation cannot be used. A row is of this session because the store says so. */
export function brokenBy({ engineSessionId, rows }: Conversation): string | undefined {
  return transcriptFault(engineSessionId, rows);
}

/** The engine's own words for a conversation that it cannot find or read; measured with Claude Code 2.1. */
const refusedForm = /\b(No conversation found|(resume|load|parse)\b.*\b(conversation|session|transcript))\b/i;

/** Why the engine did not take the conversation up, if that is how its turn ended. */
export function refusedResume({ ended, conversation }: Followed): string | undefined {
  const { outcome, why = '' } = ended;
  const isRefused = conversation === undefined && outcome === 'error' && refusedForm.test(why);
  return isRefused ? 'the engine does not accept it' : undefined;
}

/** As the session's log has it. */
export const startsOverText = (why: string) => `The conversation could not be continued: ${why}. A new one is started.`;
