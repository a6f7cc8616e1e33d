import { expect, test } from 'vitest';
import { normalise, normaliseListed } from '../../src/conversations/slack-event.ts';

const self = { app: 'default', team: 'T1', botUser: 'UBOT', botId: 'B1' };
const event = (inner: Record<string, unknown>, more: Record<string, unknown> = {}) =>
  normalise(self, {
    type: 'event_callback',
    team_id: 'T1',
    event_id: 'Ev1',
    event: { type: 'message', channel: 'C1', user: 'U1', text: 'hello', ts: '10.000001', ...inner },
    ...more,
  });

test('a message that mentions the bot has one key in both of its events, and each event its own', () => {
  const text = 'hey <@UBOT>, and <@U2|bo>';
  const one = event({ text });
  const other = event({ type: 'app_mention', text }, { event_id: 'Ev2' });
  expect([one, other]).toMatchObject([
    { take: { eventKey: 'Ev1', messageKey: 'C1:10.000001', body: { mentions: ['UBOT', 'U2'], eventId: 'Ev1' } } },
    { take: { eventKey: 'Ev2', messageKey: 'C1:10.000001', body: { mentions: ['UBOT', 'U2'], eventId: 'Ev2' } } },
  ]);
});

test("a reply belongs to its thread's first message, and a first message to itself", () => {
  expect(event({ thread_ts: '9.000001' })).toMatchObject({ take: { root: '9.000001', ts: '10.000001' } });
  expect(event({})).toMatchObject({ take: { root: '10.000001' } });
  expect(event({ subtype: 'thread_broadcast', thread_ts: '9.000001' })).toMatchObject({ take: { root: '9.000001' } });
});

test.each([
  ['its own', { user: 'UBOT' }],
  ["another bot's", { bot_id: 'B2' }],
  ["a workflow's", { subtype: 'bot_message', username: 'Flow' }],
  ["an app's in a person's name", { app_id: 'A7' }],
  ["Slackbot's", { user: 'USLACKBOT' }],
  ['about who joined', { subtype: 'channel_join' }],
  ['about a topic', { subtype: 'channel_topic' }],
  ['hidden', { hidden: true }],
])('a message that is %s is not heard', (_, inner) => {
  expect(event(inner)).toHaveProperty('drop');
});

test('what is of another workspace is not heard, and a shared channel is known as one', () => {
  expect(event({}, { team_id: 'T9' })).toEqual({ drop: 'of another workspace' });
  expect(
    event({ user_team: 'T9' }, { team_id: 'T9', context_team_id: 'T1', is_ext_shared_channel: true }),
  ).toMatchObject({
    take: { body: { isShared: true, userTeam: 'T9', team: 'T1' } },
  });
});

test('a change counts by its words: a preview below a message changes nothing', () => {
  const change = { subtype: 'message_changed', previous_message: { ts: '10.000001', text: 'hello' } };
  expect(event({ ...change, message: { ts: '10.000001', text: 'hello' } })).toHaveProperty('drop');
  const changed = { channel: 'C1', ts: '10.000001', text: 'hello all' };
  expect(event({ ...change, message: { ts: '10.000001', text: 'hello all' } })).toEqual({ changed });
  const gone = { subtype: 'message_deleted', previous_message: { ts: '10.000001', text: 'hello' } };
  expect(event(gone)).toEqual({ changed: { channel: 'C1', ts: '10.000001' } });
});

test.each(['tokens_revoked', 'app_uninstalled'])('%s makes us ask whether the app still works', (type) => {
  expect(event({ type })).toEqual({ revoked: true });
});

test('files are named, and a forwarded message is part of what is said', () => {
  const files = [{ id: 'F1', name: 'a.log', size: 7, mimetype: 'text/plain', url_private: 'https://x.example' }];
  const attachments = [{ is_share: true, author_name: 'Bo', text: 'it broke' }, { text: 'a preview' }];
  expect(event({ subtype: 'file_share', files, attachments })).toMatchObject({
    take: {
      body: {
        files: [{ id: 'F1', name: 'a.log', size: 7, mime: 'text/plain' }],
        text: 'hello\n\n[forwarded, by Bo]\nit broke',
      },
    },
  });
});

test('a direct message is known as one', () => {
  expect(event({ channel: 'D1', channel_type: 'im' })).toMatchObject({ take: { body: { isDirect: true } } });
  expect(event({ channel: 'C1' })).toMatchObject({ take: { body: { isDirect: false } } });
});

const press = {
  type: 'block_actions',
  team: { id: 'T1' },
  user: { id: 'U1', team_id: 'T1' },
  channel: { id: 'C1' },
  container: { type: 'message', message_ts: '11.000001', channel_id: 'C1' },
  message: { ts: '11.000001', thread_ts: '10.000001' },
  trigger_id: 'tr1',
  response_url: 'https://hooks.slack.com/x',
  actions: [{ action_id: 'jv:choose', value: 'b-1', action_ts: '12.0' }],
};

test('a press says which button, where, and by whom; the same press has the same key', () => {
  const read = normalise(self, press);
  expect(read).toMatchObject({
    take: {
      ...{ kind: 'click', channel: 'C1', root: '10.000001', user: 'U1' },
      body: { action: 'choose', value: 'b-1', messageTs: '11.000001', triggerId: 'tr1' },
    },
  });
  expect(normalise(self, press)).toEqual(read);
  expect(normalise(self, { ...press, trigger_id: 'tr2' })).not.toEqual(read);
});

test('of several buttons of one action each means that action', () => {
  const second = { ...press, actions: [{ action_id: 'jv:answer:1', value: 'b-2', action_ts: '12.0' }] };
  expect(normalise(self, second)).toMatchObject({ take: { body: { action: 'answer', value: 'b-2' } } });
});

test('a press of a button that is not ours, or in another workspace, is not heard', () => {
  expect(normalise(self, { ...press, actions: [{ action_id: 'approve', value: 'x' }] })).toHaveProperty('drop');
  expect(normalise(self, { ...press, team: { id: 'T9' } })).toHaveProperty('drop');
});

test('a form says what was filled in', () => {
  const values = { b: { why: { type: 'plain_text_input', value: 'too risky' } } };
  const view = { id: 'V1', hash: 'h', callback_id: 'jv:reject', private_metadata: 'b-2', state: { values } };
  const form = { type: 'view_submission', team: { id: 'T1' }, user: { id: 'U1' }, trigger_id: 'tr3', view };
  expect(normalise(self, form)).toMatchObject({
    take: {
      kind: 'click',
      eventKey: 'form:V1:h',
      body: { action: 'reject', value: 'b-2', values: { why: 'too risky' } },
    },
  });
});

test('a cross on a message and the stop of a session ask to stop; other reactions ask for nothing', () => {
  const item = { type: 'message', channel: 'C1', ts: '10.000001' };
  const reaction = (name: string) => event({ type: 'reaction_added', user: 'U1', reaction: name, item });
  expect(reaction('x')).toMatchObject({ take: { kind: 'stop', ts: '10.000001', body: { by: 'reaction' } } });
  expect(reaction('eyes')).toHaveProperty('drop');
  const stopped = event({ type: 'agent_session_stopped', thread_ts: '10.000001' });
  expect(stopped).toMatchObject({ take: { kind: 'stop', root: '10.000001', body: { by: 'session' } } });
});

test.each([[undefined], [null], [7], ['x'], [{}], [{ type: 'event_callback' }], [{ type: 'app_rate_limited' }]])(
  'what has no form of ours is dropped: %j',
  (body) => {
    expect(normalise(self, body)).toEqual({ drop: 'unreadable' });
  },
);

test('a message in a list is the same message', () => {
  const told = event({ thread_ts: '9.000001' });
  const listed = normaliseListed(self, 'C1', {
    type: 'message',
    user: 'U1',
    text: 'hello',
    ts: '10.000001',
    thread_ts: '9.000001',
  });
  const keyOf = (read: typeof told) => ('take' in read ? [read.take.messageKey, read.take.root] : undefined);
  expect(keyOf(listed)).toEqual(keyOf(told));
  expect(normaliseListed(self, 'C1', { bot_id: 'B1', user: 'UBOT', ts: '10.1' })).toHaveProperty('drop');
});

test('what another program writes is left with its place, and our own without a word', () => {
  const by = { channel: 'C1', root: '9.000001', text: 'hello' };
  const written = { thread_ts: '9.000001', text: 'hello', bot_id: 'B9' };
  expect(event(written)).toEqual({ drop: 'written by another program', by });
  expect(event({ ...written, type: 'app_mention' })).not.toHaveProperty('by');
  expect(event({ ...written, user: self.botUser })).toEqual({ drop: 'our own' });
});
