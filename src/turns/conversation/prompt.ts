/** What the engine is told of a question: what it is here for, and the asker's words as data with whose they are. */

import { dataBlock } from '../../base/data-block.ts';
import type { Message } from '../../broker/message.ts';
import { cutText } from '../../documents/cut.ts';

/** What the agent is here for, before its own instructions. */
export const conversationRole =
  'You are an agent on the jvagent platform. You answer questions from people and from other agents, from what you can read and with your tools. Only two tools send what you write: `reply` gives the answer, and `no-reply` says why there is none. Each question is answered once. You change nothing outside: no work item, no repository, no instance.';

/** Said to one that came to its end and had not answered. */
export const unanswered = (why: string) =>
  `You have not answered: ${why}. Nobody has read what you wrote. Call \`reply\` with the whole answer now, or \`no-reply\` with the reason, and end your turn.`;

/** `lead` comes before the question, of which at most `charsMax` characters are shown. */
export function questionPrompt(
  { from, at }: Message,
  text: string,
  { sessionId, lead, charsMax }: { sessionId: string; lead: string; charsMax: number },
): string {
  return [
    `[jvagent] phase=conversation session=${sessionId}`,
    lead,
    dataBlock(`question of ${from}, ${new Date(at).toISOString()}`, cutText(text, charsMax)),
  ].join('\n\n');
}

export const askedLead =
  'Someone asked you a question. Find out what you need, then call `reply` once, or `no-reply` with the reason, and end your turn.';
