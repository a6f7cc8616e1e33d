/** Messages that grow while people read them. */
import { z } from 'zod';
import { change, messageAt, post } from '../messages.ts';
import type { Block, Channel, Message } from '../model.ts';
import { checkBlocks } from './blocks.ts';
import { arg, type Call, type Method, memberChannel, method, refuse } from './method.ts';
import { endLine, rootOf, writableChannel } from './posting.ts';
import { sessionIn, setStatus } from './session-methods.ts';

const chunk = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('markdown_text'), text: z.string() }),
  z.looseObject({ type: z.literal('task_update'), id: z.string(), title: z.string(), status: z.string() }),
  z.looseObject({ type: z.literal('plan_update'), title: z.string() }),
  z.looseObject({ type: z.literal('blocks'), blocks: z.array(z.unknown()).max(50) }),
]);
const growing = z.object({
  channel: arg.text,
  markdown_text: arg.text.optional(),
  chunks: arg.json(z.array(chunk)).optional(),
});
const begun = growing.extend({
  thread_ts: arg.text,
  recipient_user_id: arg.text.optional(),
  recipient_team_id: arg.text.optional(),
});
const added = growing.extend({ ts: arg.text });
const ended = added.extend({ blocks: arg.json(z.unknown()).optional(), session_status: arg.text.optional() });

const markdownCharsMax = 12_000;

/** The words of a part; tasks and plans become lines. */
function wordsOf({ markdown_text = '', chunks = [] }: z.output<typeof growing>): string {
  const lines = chunks.map((each) => {
    if (each.type === 'markdown_text') return each.text;
    if (each.type === 'blocks') return '';
    return each.type === 'plan_update' ? `\n${each.title}\n` : `\n${each.title}: ${each.status}\n`;
  });
  return markdown_text + lines.join('');
}

const asBlocks = (text: string): Block[] => (text ? [{ type: 'markdown', text: text.slice(0, markdownCharsMax) }] : []);

function streaming(call: Call<z.output<typeof added>>): [Channel, Message] {
  const channel = memberChannel(call, call.args.channel);
  const message = messageAt(channel, call.args.ts) ?? refuse('message_not_found');
  if (message.user !== call.app.botUser) return refuse('message_not_owned_by_app');
  return message.streaming_state === 'in_progress' ? [channel, message] : refuse('message_not_in_streaming_state');
}

export const streamMethods: Record<string, Method> = {
  'chat.startStream': method('chat:write', begun, (call) => {
    const { state, app, args } = call;
    const channel = writableChannel(call, args.channel);
    if (channel.kind !== 'im' && !args.recipient_user_id) return refuse('missing_recipient_user_id');
    if (channel.kind !== 'im' && !args.recipient_team_id) return refuse('missing_recipient_team_id');
    const root = rootOf(channel, args.thread_ts);
    const text = wordsOf(args);
    const draft = { user: app.botUser, text, blocks: asBlocks(text), thread: root?.ts, streaming: true };
    const message = post(state, channel, draft);
    endLine(call, channel.id, root?.ts);
    return { channel: channel.id, ts: message.ts };
  }),
  'chat.appendStream': method('chat:write', added, (call) => {
    const [channel, message] = streaming(call);
    message.text += wordsOf(call.args);
    message.blocks = asBlocks(message.text);
    return { channel: channel.id, ts: message.ts };
  }),
  'chat.stopStream': method('chat:write', ended, (call) => {
    const [channel, message] = streaming(call);
    const { blocks, session_status } = call.args;
    const text = message.text + wordsOf(call.args);
    const last = blocks === undefined ? [] : checkBlocks(blocks);
    change(call.state, channel, message, { text, blocks: [...asBlocks(text), ...last], streaming_state: 'completed' });
    const session = sessionIn(call.state, call.app.name, channel.id, message.thread_ts ?? '');
    if (session && session_status) setStatus(session, session_status);
    return { channel: channel.id, ts: message.ts, message: structuredClone(message) };
  }),
};
