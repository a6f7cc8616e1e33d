/** An answer to a question of the agent, as its next turn is told it. */
import { dataBlock } from '../../base/data-block.ts';
import type { Message } from '../../broker/message.ts';
import { answerIn } from '../../broker/question.ts';
import { cutText } from '../../documents/cut.ts';
import { limits } from '../../limits.ts';
import { isRefusal } from '../../refusal.ts';

/** What was answered and by whom, as data. */
export function answerBlock(answer: Message): string {
  const given = answerIn(answer);
  const text = isRefusal(given) ? `There is no answer: ${given.why}` : 'text' in given ? given.text : given.reason;
  const what = answer.command === 'reply' ? 'answer' : 'reason for not answering';
  const label = `${what} of ${answer.from} to your question, ${new Date(answer.at).toISOString()}`;
  return dataBlock(label, cutText(text, limits.promptCharsMax));
}
