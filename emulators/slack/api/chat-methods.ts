/** Posts, changes and deletes messages of the app's bot. */
import { z } from 'zod';
import { change, messageAt, post, remove, shown } from '../messages.ts';
import { nextTs, teamOf } from '../state.ts';
import { arg, type Call, channelFor, type Method, method, refuse } from './method.ts';
import { contentOf, endLine, keepPace, rootOf, words, writableChannel } from './posting.ts';

const posting = words.extend({
  channel: arg.text,
  thread_ts: arg.text.optional(),
  reply_broadcast: arg.flag.optional(),
});

const editCharsMax = 4_000;

function postMessage(call: Call<z.output<typeof posting>>): Record<string, unknown> {
  const { state, app, args } = call;
  const channel = writableChannel(call, args.channel);
  const { isCut, ...content } = contentOf(args);
  const root = rootOf(channel, args.thread_ts);
  keepPace(call, channel);
  const message = post(state, channel, {
    ...content,
    user: app.botUser,
    thread: root?.ts,
    broadcast: args.reply_broadcast,
  });
  endLine(call, channel.id, root?.ts);
  const warned = isCut ? { warning: 'message_truncated', response_metadata: { warnings: ['message_truncated'] } } : {};
  return { channel: channel.id, ts: message.ts, message: shown(channel, message, true), ...warned };
}

/** The bot's own message. */
function ownMessage(call: Pick<Call<unknown>, 'state' | 'app'>, id: string, ts: string, otherwise: string) {
  const channel = channelFor(call, id);
  const message = messageAt(channel, ts) ?? refuse('message_not_found');
  if (message.user !== call.app.botUser) return refuse(otherwise);
  return { channel, message };
}

const update = words.extend({ channel: arg.text, ts: arg.text });

function updateMessage(call: Call<z.output<typeof update>>): Record<string, unknown> {
  const { args, app, state } = call;
  const { channel, message } = ownMessage(call, args.channel, args.ts, 'cant_update_message');
  const { isCut: _, ...content } = contentOf(args);
  if (content.text.length > editCharsMax) return refuse('msg_too_long');
  // New words without blocks take the earlier blocks away, as on Slack.
  const blocks = content.blocks ?? [];
  change(state, channel, message, { ...content, blocks }, app.botUser);
  if (blocks.length === 0) delete message.blocks;
  return { channel: channel.id, ts: message.ts, text: message.text, message: shown(channel, message) };
}

const ephemeral = words.extend({ channel: arg.text, user: arg.text, thread_ts: arg.text.optional() });

function postEphemeral(call: Call<z.output<typeof ephemeral>>): Record<string, unknown> {
  const { state, app, args } = call;
  const channel = writableChannel(call, args.channel);
  if (!channel.members.has(args.user)) return refuse('user_not_in_channel');
  const { text, blocks } = contentOf(args);
  const ts = nextTs(state, channel);
  const thread = args.thread_ts ? { thread_ts: args.thread_ts } : {};
  state.ephemerals.push({
    channel: channel.id,
    user: args.user,
    from: app.botUser,
    ts,
    text,
    ...(blocks && { blocks }),
    ...thread,
  });
  return { message_ts: ts };
}

export const chatMethods: Record<string, Method> = {
  'chat.postMessage': method('chat:write', posting, postMessage),
  'chat.update': method('chat:write', update, updateMessage),
  'chat.delete': method('chat:write', z.object({ channel: arg.text, ts: arg.text }), (call) => {
    const { channel, message } = ownMessage(call, call.args.channel, call.args.ts, 'cant_delete_message');
    remove(call.state, channel, message);
    return { channel: channel.id, ts: message.ts };
  }),
  'chat.postEphemeral': method('chat:write', ephemeral, postEphemeral),
  'chat.getPermalink': method('', z.object({ channel: arg.text, message_ts: arg.text }), (call) => {
    const channel = channelFor(call, call.args.channel);
    const { ts, thread_ts } = messageAt(channel, call.args.message_ts) ?? refuse('message_not_found');
    const { domain } = teamOf(call.state, call.app.team);
    const query = thread_ts && thread_ts !== ts ? `?thread_ts=${thread_ts}&cid=${channel.id}` : '';
    const permalink = `https://${domain}.slack.com/archives/${channel.id}/p${ts.replace('.', '')}${query}`;
    return { channel: channel.id, permalink };
  }),
};
