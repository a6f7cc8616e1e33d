/** `reply` and `no-reply`: the two ways to answer a question; nothing else that the model says reaches anybody. */
import { z } from 'zod';
import { type Answer, answerCharsMax } from '../../broker/question.ts';
import { isRefusal, type Refusal } from '../../refusal.ts';
import { definePlatformTool, type PlatformTool } from '../tool.ts';
import { notForPeople } from './not-for-people.ts';

/** Answers the question of the turn; refuses a second answer. */
export type AnswerPort = (answer: Answer) => Promise<Refusal | undefined>;

const replySchema = z.strictObject({ text: z.string().trim().min(1).max(answerCharsMax.text) });
const noReplySchema = z.strictObject({ reason: z.string().trim().min(1).max(answerCharsMax.reason) });

async function settled(given: Promise<Refusal | undefined>): Promise<unknown | Refusal> {
  const refusal = await given;
  return isRefusal(refusal)
    ? refusal
    : { answered: true, next: 'The question is settled. Stop here and end your turn.' };
}

export function createReplyTools(answer: AnswerPort): PlatformTool[] {
  return [
    definePlatformTool({
      name: 'reply',
      description: 'Answers the question, once and in full. End your turn after it.',
      schema: replySchema,
      isOwnWord: true,
      execute: async ({ text }) => notForPeople(text) ?? settled(answer({ command: 'reply', payload: { text } })),
    }),
    definePlatformTool({
      name: 'no-reply',
      description: 'Tells the asker that there is no answer, and why. End your turn after it.',
      schema: noReplySchema,
      isOwnWord: true,
      execute: ({ reason }) => settled(answer({ command: 'no-reply', payload: { reason } })),
    }),
  ];
}
