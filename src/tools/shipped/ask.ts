/** `ask`: a question to a person, whose answer starts the next turn. */
import { z } from 'zod';
import type { Refusal } from '../../refusal.ts';
import { definePlatformTool, type PlatformTool } from '../tool.ts';

const schema = z.strictObject({ question: z.string().trim().min(1).max(4_000) });

export function createAskTool(ask: (question: string) => Promise<Refusal | undefined>): PlatformTool {
  return definePlatformTool({
    name: 'ask',
    description:
      'Asks people one question that only they can answer. End your turn after it; the answer starts the next one.',
    schema,
    isOwnWord: true,
    async execute({ question }) {
      const refusal = await ask(question);
      return refusal ?? { asked: true, next: 'The question is asked. Stop here and end your turn.' };
    },
  });
}
