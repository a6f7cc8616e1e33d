/** `send-email`: a plain text to one of the people whom the agent's configuration names. */
import { z } from 'zod';
import { isRefusal, type Refusal } from '../../refusal.ts';
import { definePlatformTool, type PlatformTool } from '../tool.ts';

/** Sends the mail, or refuses it. Throws OutsideError if the server failed. */
export type MailPort = (mail: { to: string; subject: string; text: string }) => Promise<Refusal | undefined>;

const textCharsMax = 40_000;

export function createSendEmailTool(send: MailPort, people: readonly string[]): PlatformTool {
  return definePlatformTool({
    name: 'send-email',
    description: `Sends a plain text by mail to one of these people: ${people.join(', ')}. It is sent once and cannot be taken back.`,
    schema: z.strictObject({
      to: z.string().trim().toLowerCase().max(320),
      subject: z.string().trim().min(1).max(200),
      text: z.string().trim().min(1).max(textCharsMax),
    }),
    async execute(mail) {
      const refusal = await send(mail);
      return isRefusal(refusal) ? refusal : { sent: true };
    },
  });
}
