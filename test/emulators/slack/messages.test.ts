import { expect, test } from 'vitest';
import { errorOf, startSlack } from './world.ts';

const support = 'C0ACMESUP';

test('a token says whose it is, and nobody else gets in', async () => {
  const { bot, slack, apiUrl } = await startSlack();
  expect(await bot().auth.test()).toMatchObject({
    team_id: 'T0JVAGENT',
    user_id: 'U0JVAGENT',
    bot_id: 'B0JVAGENT',
    app_id: 'A0JVAGENT',
  });
  expect(await bot('globex').auth.test()).toMatchObject({ team_id: 'T0GLOBEX', user_id: 'U0GLOBEXBOT' });
  const ask = async (token?: string) => {
    const headers = new Headers(token ? { authorization: `Bearer ${token}` } : {});
    return (await fetch(`${apiUrl}auth.test`, { method: 'POST', headers })).json();
  };
  expect(await ask()).toEqual({ ok: false, error: 'not_authed' });
  expect(await ask('xoxb-1-2-3')).toEqual({ ok: false, error: 'invalid_auth' });
  slack.refuseTokens('token_revoked');
  expect(await errorOf(bot().auth.test())).toBe('token_revoked');
  expect(await errorOf(bot().apiCall('chat.shout'))).toBe('unknown_method');
  expect(await errorOf(bot('globex').chat.postMessage({ channel: support, text: 'hello' }))).toBe('channel_not_found');
});

test('a post is kept with its metadata, which is shown to those who ask for it', async () => {
  const { bot, person } = await startSlack();
  const metadata = { event_type: 'agent_msg', event_payload: { outbox_id: '7' } };
  const posted = await bot().chat.postMessage({ channel: support, text: 'Plan ready', metadata });
  expect(posted.message).toMatchObject({ text: 'Plan ready', bot_id: 'B0JVAGENT', user: 'U0JVAGENT' });
  const root = posted.ts ?? '';
  person('erin').say('acme-support', 'Thanks, @agent', { thread: root });
  const replies = (all: boolean) =>
    bot().conversations.replies({ channel: support, ts: root, include_all_metadata: all });
  expect((await replies(true)).messages?.[0]?.metadata).toEqual(metadata);
  const { messages = [] } = await replies(false);
  expect(messages[0]).toMatchObject({ thread_ts: root, reply_count: 1, reply_users: ['U0ACMEERIN'] });
  expect(messages[0]?.metadata).toBeUndefined();
  expect(messages[1]).toMatchObject({ text: 'Thanks, <@U0JVAGENT>', thread_ts: root, user: 'U0ACMEERIN' });
});

test('threads and channels are read in pages', async () => {
  const { bot, person } = await startSlack();
  const erin = person('erin');
  const root = erin.say('acme-support', 'root');
  for (let n = 1; n <= 5; n += 1) erin.say('acme-support', `reply ${n}`, { thread: root });
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = { channel: support, ts: root, limit: 2, ...(cursor && { cursor }) };
    const { messages = [], response_metadata } = await bot().conversations.replies(page);
    seen.push(messages.map(({ text }) => text).join('+'));
    cursor = response_metadata?.next_cursor;
  } while (cursor);
  expect(seen).toEqual(['root+reply 1', 'reply 2+reply 3', 'reply 4+reply 5']);
  const { messages = [] } = await bot().conversations.history({ channel: support });
  expect(messages.map(({ text }) => text)).toEqual(['root']);
  const wrong = bot().conversations.replies({ channel: support, ts: root, cursor: 'nonsense' });
  expect(await errorOf(wrong)).toBe('invalid_cursor');
});

test('what Slack refuses is refused with its error', async () => {
  const { bot, person } = await startSlack();
  const { chat, conversations } = bot();
  const post = (more: object, channel = support) =>
    errorOf(bot().apiCall('chat.postMessage', { channel, text: 'hello', ...more }));
  const root = person('erin').say('acme-support', 'root');
  const reply = person('erin').say('acme-support', 'reply', { thread: root });
  const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });
  const button = { type: 'button', text: { type: 'plain_text', text: 'x'.repeat(76) }, action_id: 'a' };
  expect(await post({}, 'C0RANDOM')).toBe('not_in_channel');
  expect(await post({}, 'C0OLD')).toBe('is_archived');
  expect(await post({}, 'C0NOWHERE')).toBe('channel_not_found');
  expect(await post({ text: '' })).toBe('no_text');
  expect(await post({ thread_ts: '1700000000.000001' })).toBe('thread_not_found');
  expect(await post({ thread_ts: reply })).toBe('cannot_reply_to_message');
  expect(await post({ blocks: '{}' })).toBe('invalid_blocks_format');
  expect(await post({ blocks: [section('x'.repeat(3_001))] })).toBe('invalid_blocks');
  expect(await post({ blocks: [{ ...section('x'), colour: 'red' }] })).toBe('invalid_blocks');
  expect(await post({ blocks: [{ type: 'actions', elements: [button] }] })).toBe('invalid_blocks');
  expect(await post({ blocks: Array(51).fill({ type: 'divider' }) })).toBe('invalid_blocks');
  expect(await post({ blocks: [{ type: 'markdown', text: 'x'.repeat(12_001) }] })).toBe('msg_blocks_too_long');
  expect(await post({ markdown_text: 'more' })).toBe('markdown_text_conflict');
  expect(await post({ metadata: { event_type: 'x y' } })).toBe('invalid_metadata_format');
  expect(await errorOf(chat.update({ channel: support, ts: root, text: 'mine' }))).toBe('cant_update_message');
  expect(await errorOf(chat.delete({ channel: support, ts: root }))).toBe('cant_delete_message');
  expect(await errorOf(conversations.replies({ channel: support, ts: '1700000000.000001' }))).toBe('thread_not_found');
  expect(await errorOf(conversations.history({ channel: 'C0RANDOM' }))).toBe('not_in_channel');
});

test('a bot changes and deletes its own message, and reacts once', async () => {
  const { bot, person } = await startSlack();
  const { ts = '' } = await bot().chat.postMessage({ channel: support, text: 'working' });
  await bot().chat.update({ channel: support, ts, text: 'done' });
  expect(person('erin').messages('acme-support')).toMatchObject([{ ts, text: 'done' }]);
  expect(await errorOf(bot().chat.update({ channel: support, ts, text: 'x'.repeat(4_001) }))).toBe('msg_too_long');
  const reaction = { channel: support, timestamp: ts, name: 'eyes' };
  await bot().reactions.add(reaction);
  expect(await errorOf(bot().reactions.add(reaction))).toBe('already_reacted');
  expect(person('erin').messages('acme-support')[0]?.reactions).toEqual([
    { name: 'eyes', users: ['U0JVAGENT'], count: 1 },
  ]);
  await bot().reactions.remove(reaction);
  expect(await errorOf(bot().reactions.remove(reaction))).toBe('no_reaction');
  await bot().chat.delete({ channel: support, ts });
  expect(person('erin').messages('acme-support')).toEqual([]);
});

test('people are shown as they are: guests, strangers, those who left', async () => {
  const { bot, slack } = await startSlack();
  const info = async (user: string) => (await bot().users.info({ user })).user;
  expect(await info('U0ACMEERIN')).toMatchObject({
    real_name: 'Erin Engineer',
    is_restricted: false,
    profile: { email: 'erin@acme.example.com' },
  });
  expect(await info('U0GUESTGUS')).toMatchObject({ is_restricted: true });
  expect(await info('U0STRANGER')).toMatchObject({ is_stranger: true, team_id: 'T0STRANGE' });
  expect(await info('U0LEFTLEE')).toMatchObject({ deleted: true });
  expect(await info('U0BUILDBOT')).toMatchObject({ is_bot: true });
  expect(await errorOf(info('U0GLXERIN'))).toBe('user_not_found');
  const found = await bot().users.lookupByEmail({ email: 'Oscar@acme.example.com' });
  expect(found.user?.id).toBe('U0ACMEOSCAR');
  slack.app().scopes.splice(slack.app().scopes.indexOf('users:read.email'), 1);
  expect((await info('U0ACMEERIN'))?.profile?.email).toBeUndefined();
  expect(await errorOf(bot().users.lookupByEmail({ email: 'x@y.example' }))).toBe('missing_scope');
});

test('a channel takes one post a second where it was told so', async () => {
  let now = 1_800_000_000_000;
  const { bot, slack } = await startSlack({ clock: { now: () => now, sleep: async () => {} } });
  slack.state.paceMs = 1_000;
  await bot().chat.postMessage({ channel: support, text: 'one' });
  const second = await bot()
    .chat.postMessage({ channel: support, text: 'two' })
    .catch((error) => error);
  expect(second).toMatchObject({ retryAfter: 1 });
  await bot().chat.postMessage({ channel: 'C0PRODUCT', text: 'elsewhere' });
  now += 1_000;
  await bot().chat.postMessage({ channel: support, text: 'two' });
});

test('a message that only one person sees is in no history', async () => {
  const { bot, person } = await startSlack();
  await bot().chat.postEphemeral({ channel: support, user: 'U0ACMEERIN', text: 'You may not do that.' });
  expect(person('erin').messages('acme-support')).toMatchObject([{ text: 'You may not do that.', isEphemeral: true }]);
  expect(person('oscar').messages('acme-support')).toEqual([]);
  expect((await bot().conversations.history({ channel: support })).messages).toEqual([]);
  const stranger = bot().chat.postEphemeral({ channel: support, user: 'U0GLOBERIN', text: 'x' });
  expect(await errorOf(stranger)).toBe('user_not_in_channel');
});
