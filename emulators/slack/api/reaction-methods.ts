/** Reactions to messages. */
import { z } from 'zod';
import { messageAt, react, shown, unreact } from '../messages.ts';
import type { Channel, Message } from '../model.ts';
import { arg, type Call, channelFor, type Method, memberChannel, method, refuse } from './method.ts';

const item = z.object({ channel: arg.text, timestamp: arg.text });
const named = item.extend({ name: arg.text });

function messageOf(channel: Channel, timestamp: string): Message {
  if (!arg.ts.safeParse(timestamp).success) return refuse('bad_timestamp');
  return messageAt(channel, timestamp) ?? refuse('message_not_found');
}

function target(call: Call<z.output<typeof named>>): [Channel, Message, string, string] {
  const { channel: id, timestamp, name } = call.args;
  const channel = memberChannel(call, id);
  if (channel.isArchived) return refuse('is_archived');
  if (!/^[a-z0-9_+'-]+(::skin-tone-[2-6])?$/.test(name)) return refuse('invalid_name');
  return [channel, messageOf(channel, timestamp), call.app.botUser, name];
}

export const reactionMethods: Record<string, Method> = {
  'reactions.add': method('reactions:write', named, (call) =>
    react(call.state, ...target(call)) ? {} : refuse('already_reacted'),
  ),
  'reactions.remove': method('reactions:write', named, (call) =>
    unreact(call.state, ...target(call)) ? {} : refuse('no_reaction'),
  ),
  'reactions.get': method('reactions:read', item, (call) => {
    const channel = channelFor(call, call.args.channel);
    const message = shown(channel, messageOf(channel, call.args.timestamp));
    return { type: 'message', channel: channel.id, message };
  }),
};
