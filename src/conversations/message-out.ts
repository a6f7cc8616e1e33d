/** A message of the broker to a channel, as what is to be sent there. */
import { z } from 'zod';
import { agentOf, parseAddress } from '../broker/address.ts';
import type { Message } from '../broker/message.ts';
import { limits } from '../limits.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import type { OutboxWish, Outgoing } from './outgoing.ts';

const threadTs = z
  .string()
  .regex(/^\d{1,20}\.\d{1,20}$/)
  .optional();
const words = z.string().min(1).max(limits.documentCharsMax);
const line = z.string().min(1).max(200);
const base64Max = Math.ceil(limits.slackFileBytesMax / 3) * 4;

const payloads = {
  'slack.send_message': z.object({ text: words, threadTs }),
  /** `content` is base64; a text can stand there as it is. */
  'slack.file_upload': z
    .object({
      name: line,
      title: line.optional(),
      content: z.base64().max(base64Max).optional(),
      text: words.optional(),
    })
    .extend({ threadTs })
    .refine(({ content, text }) => (content === undefined) !== (text === undefined), 'give either content or text'),
};

function outgoingOf({ command, payload }: Message): { what: Outgoing; root: string | undefined } | undefined {
  const post = payloads['slack.send_message'].safeParse(payload);
  if (command === 'slack.send_message' && post.success)
    return { what: { kind: 'post', text: post.data.text }, root: post.data.threadTs };
  const file = payloads['slack.file_upload'].safeParse(payload);
  if (command !== 'slack.file_upload' || !file.success) return undefined;
  const { name, title = name, content, text = '', threadTs: root } = file.data;
  return { what: { kind: 'upload', name, title, content: content ?? Buffer.from(text).toString('base64') }, root };
}

/** Who wrote it: an agent in one of its sessions, or a person or the platform. */
function senderOf(from: string): Pick<OutboxWish, 'agentId' | 'sessionId' | 'by'> {
  const agentId = agentOf(from);
  if (agentId === undefined) return { agentId: '', sessionId: '', by: 'platform' };
  const address = parseAddress(from);
  const own = !isRefusal(address) && address.kind === 'agent' ? address.sessionId : undefined;
  return { agentId, sessionId: own ?? '', by: 'agent' };
}

/** What is stored for it; ADDRESS_DENIED if Slack is not told such things. */
export function wishOfMessage(message: Message): OutboxWish | Refusal {
  const to = parseAddress(message.to);
  const outgoing = outgoingOf(message);
  if (isRefusal(to)) return to;
  if (to.kind !== 'slack' || !outgoing) {
    const why = `${message.command} to ${message.to} is nothing that Slack is told, or its payload is not right`;
    return refuse(
      'ADDRESS_DENIED',
      why,
      'Send slack.send_message with text, or slack.file_upload with name and content.',
    );
  }
  const { what, root } = outgoing;
  const place = { app: to.team, channel: to.channel, ...(root === undefined ? {} : { root }) };
  return { key: `message:${message.id}`, ...senderOf(message.from), place, what };
}
