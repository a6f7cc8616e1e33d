/** Channels, who is in them, and what was said there. */
import { z } from 'zod';
import { messageAt, repliesTo, shown } from '../messages.ts';
import type { Channel, Message } from '../model.ts';
import { directChannel } from '../state.ts';
import { arg, type Call, channelFor, type Method, memberChannel, method, needScope, refuse } from './method.ts';
import { pageOf, pageSchema } from './paging.ts';

const created = 1_700_000_000;
const ofKind = ['channels:read', 'groups:read', 'im:read'];

function channelView(channel: Channel, app: { botUser: string }, memberCount?: number): Record<string, unknown> {
  const { id, name, kind, team, members, isArchived, isExtShared, topic = '' } = channel;
  if (kind === 'im') {
    const user = [...members].find((each) => each !== app.botUser);
    return { id, created, is_archived: false, is_im: true, is_org_shared: false, context_team_id: team, user };
  }
  return {
    id,
    name,
    name_normalized: name,
    is_channel: kind === 'channel',
    is_group: kind === 'group',
    is_im: false,
    is_mpim: false,
    is_private: kind === 'group',
    created,
    is_archived: isArchived ?? false,
    is_general: false,
    is_shared: isExtShared ?? false,
    is_ext_shared: isExtShared ?? false,
    is_org_shared: false,
    pending_shared: [],
    is_pending_ext_shared: false,
    is_member: members.has(app.botUser),
    context_team_id: team,
    shared_team_ids: isExtShared ? [team, 'T0STRANGE'] : [team],
    creator: 'U0PRODPAT',
    topic: { value: topic, creator: '', last_set: 0 },
    purpose: { value: '', creator: '', last_set: 0 },
    ...(memberCount === undefined ? {} : { num_members: memberCount }),
  };
}

const window = pageSchema.extend({
  channel: arg.text,
  oldest: arg.text.optional(),
  latest: arg.text.optional(),
  inclusive: arg.flag.default(false),
  include_all_metadata: arg.flag.default(false),
});

type Window = z.output<typeof window>;

/** Whether the message lies between oldest and latest. */
function within({ oldest = '0', latest, inclusive }: Window): (message: Message) => boolean {
  const [from, to] = [Number(oldest), latest === undefined ? Number.POSITIVE_INFINITY : Number(latest)];
  if (Number.isNaN(from)) return refuse('invalid_ts_oldest');
  if (Number.isNaN(to)) return refuse('invalid_ts_latest');
  return ({ ts }) => (Number(ts) > from && Number(ts) < to) || (inclusive && (ts === oldest || ts === latest));
}

const isTopLevel = ({ ts, thread_ts, subtype }: Message) =>
  thread_ts === undefined || thread_ts === ts || subtype === 'thread_broadcast';

function history(call: Call<Window>): Record<string, unknown> {
  const channel = memberChannel(call, call.args.channel);
  needScope(call, channel, 'history');
  const all = channel.messages.filter(isTopLevel).filter(within(call.args)).toReversed();
  const { items, next } = pageOf(all, call.args, 999, 100);
  const messages = items.map((message) => shown(channel, message, call.args.include_all_metadata));
  const more = next === '' ? {} : { response_metadata: { next_cursor: next } };
  return { messages, has_more: next !== '', pin_count: 0, channel_actions_ts: null, channel_actions_count: 0, ...more };
}

/** The root stands first on the first page, whatever the window. */
function replies(call: Call<Window & { ts: string }>): Record<string, unknown> {
  const channel = memberChannel(call, call.args.channel);
  needScope(call, channel, 'history');
  const named = messageAt(channel, call.args.ts) ?? refuse('thread_not_found');
  const isReply = named.thread_ts !== undefined && named.thread_ts !== named.ts;
  const all = isReply ? [named] : [named, ...repliesTo(channel, named.ts).filter(within(call.args))];
  const { items, next } = pageOf(all, call.args, 1_000);
  const messages = items.map((message) => shown(channel, message, call.args.include_all_metadata));
  return { messages, has_more: next !== '', ...(next === '' ? {} : { response_metadata: { next_cursor: next } }) };
}

const listSchema = pageSchema.extend({
  types: arg.text.default('public_channel'),
  exclude_archived: arg.flag.default(false),
});

function list(call: Call<z.output<typeof listSchema>>): Record<string, unknown> {
  const { state, app, args } = call;
  const kinds = { public_channel: 'channel', private_channel: 'group', im: 'im', mpim: 'mpim' } as const;
  const wanted = args.types.split(',').map((type) => {
    const name = type.trim();
    return name in kinds ? kinds[name as keyof typeof kinds] : refuse('invalid_types');
  });
  const seen = state.channels.filter(
    ({ team, kind, members, isArchived }) =>
      team === app.team &&
      wanted.includes(kind) &&
      (kind === 'channel' || members.has(app.botUser)) &&
      !(args.exclude_archived && isArchived),
  );
  const { items, next } = pageOf(seen, args, 1_000, 100);
  const channels = items.map((channel) => channelView(channel, app, channel.members.size));
  return { channels, response_metadata: { next_cursor: next } };
}

const infoSchema = z.object({ channel: arg.text, include_num_members: arg.flag.default(false) });

export const conversationMethods: Record<string, Method> = {
  'conversations.history': method([], window, history),
  'conversations.replies': method([], window.extend({ ts: arg.text }), replies),
  'conversations.info': method(ofKind, infoSchema, (call) => {
    const channel = channelFor(call, call.args.channel);
    needScope(call, channel, 'read');
    return {
      channel: channelView(channel, call.app, call.args.include_num_members ? channel.members.size : undefined),
    };
  }),
  'conversations.list': method(ofKind, listSchema, list),
  'conversations.members': method(ofKind, pageSchema.extend({ channel: arg.text }), (call) => {
    const channel = channelFor(call, call.args.channel);
    const { items, next } = pageOf([...channel.members], call.args, 1_000, 100);
    return { members: items, response_metadata: { next_cursor: next } };
  }),
  'conversations.open': method(
    'im:write',
    z.object({ users: arg.text, return_im: arg.flag.default(false) }),
    (call) => {
      const { state, app, args } = call;
      const user =
        state.users.find(({ id, team }) => id === args.users && team === app.team) ?? refuse('user_not_found');
      if (user.isDeleted) return refuse('user_disabled');
      if (user.isBot) return refuse('cannot_dm_bot');
      const isOpen = state.channels.some(
        ({ members, kind }) => kind === 'im' && members.has(user.id) && members.has(app.botUser),
      );
      const channel = directChannel(state, user.id, app);
      const already = isOpen ? { no_op: true, already_open: true } : {};
      return { ...already, channel: args.return_im ? channelView(channel, app) : { id: channel.id } };
    },
  ),
};
