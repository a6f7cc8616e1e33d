/** What is written to Slack: harmless words, our buttons, one call for one permit, and a mark by which it is found again. */
import { expect, test } from 'vitest';
import { createRedact } from '../../../src/base/redact.ts';
import { createSend } from '../../../src/connectors/slack/send.ts';
import { permitToSay } from '../../../src/conversations/gate/say-gate.ts';
import type { Outgoing } from '../../../src/conversations/outgoing.ts';
import type { Leaving } from '../../../src/effects/say-performer.ts';

const clock = { now: () => 1_700_000_000_000, sleep: async () => {} };
const place = { app: 'default', channel: 'C1', root: '1.1' };
const leavingOf = (what: Outgoing): Leaving => ({ id: 'o1', place, at: clock.now(), what, hosts: [] });
const secret = { name: 'SLACK_BOT_TOKEN', value: 'xoxb-0123456789abcdef' };

/** Keeps the calls; answers with what a test gives for a method. */
function slack(answers: Record<string, unknown[]> = {}) {
  const calls: [string, Record<string, unknown>][] = [];
  const apiCall = async (method: string, options: Record<string, unknown> = {}) => {
    calls.push([method, options]);
    const answer = answers[method]?.shift() ?? { ok: true, ts: '2.2' };
    if (answer instanceof Error) throw answer;
    return answer as { ok: boolean };
  };
  const filesUploadV2 = async (options: object) => {
    calls.push(['filesUploadV2', { ...options }]);
    return { ok: true, files: [] };
  };
  const clients = { read: { apiCall }, write: { apiCall, filesUploadV2 } };
  const { send, find } = createSend({ app: 'default', clients, redact: createRedact([secret]) });
  const say = async (what: Outgoing) => {
    const wish = { agentId: 'docs', sessionId: 's', by: 'platform', place, what } as const;
    const permit = permitToSay(wish, { isShared: false }, { id: 'p1', clock });
    if ('refused' in permit) throw new Error(permit.why);
    return send(permit, leavingOf(what));
  };
  return { calls, say, send, find };
}

const platformError = (error: string) =>
  Object.assign(new Error(`An API error occurred: ${error}`), { code: 'slack_webapi_platform_error', data: { error } });

test('words are words: no mention, no link elsewhere, no markup acts, and our own secrets are hidden', async () => {
  const { calls, say } = slack();
  const text = `Hi <!channel> <@U2>, see https://evil.example/x and ${secret.value}.`;
  expect(await say({ kind: 'post', text, mention: 'U1' })).toEqual({ ts: '2.2' });
  const [method, options] = calls[0] ?? [];
  expect(method).toBe('chat.postMessage');
  expect(options).toMatchObject({
    ...{ channel: 'C1', thread_ts: '1.1', unfurl_links: false, unfurl_media: false },
    metadata: { event_type: 'jvagent_message', event_payload: { id: 'o1' } },
    text: expect.stringMatching(/^<@U1> Hi /),
  });
  expect(String(options?.text).slice('<@U1>'.length)).not.toMatch(/<[!@]/);
  const json = JSON.stringify(options?.blocks);
  expect(json).toContain('{"type":"user","user_id":"U1"}');
  expect(json).not.toMatch(/"type":"(link|broadcast|mrkdwn)"/);
  expect(JSON.stringify(options)).not.toContain(secret.value);
});

test('buttons carry only their random ids, and each action stands once in a message', async () => {
  const { calls, say } = slack();
  const buttons = [
    { id: 'b1', label: 'Red', action: 'answer' },
    { id: 'b2', label: 'Blue', action: 'answer', style: 'danger' },
  ] as const;
  await say({ kind: 'post', text: 'Which?', buttons, links: [{ label: 'Open', url: 'https://dev.example/1' }] });
  const blocks = calls[0]?.[1].blocks as { type: string; elements: unknown[] }[];
  expect(blocks.at(-1)).toEqual({
    type: 'actions',
    elements: [
      { type: 'button', action_id: 'jv:answer', value: 'b1', text: { type: 'plain_text', text: 'Red', emoji: false } },
      {
        ...{ type: 'button', action_id: 'jv:answer:1', value: 'b2', style: 'danger' },
        text: { type: 'plain_text', text: 'Blue', emoji: false },
      },
      {
        ...{ type: 'button', action_id: 'jv:open:0', url: 'https://dev.example/1' },
        text: { type: 'plain_text', text: 'Open', emoji: false },
      },
    ],
  });
});

test('a file goes to the root of the thread, with the same bytes', async () => {
  const { calls, say } = slack();
  await say({ kind: 'upload', title: 'A picture', name: 'a.png', content: 'iVBORw0KGgo=' });
  const file = Buffer.from('iVBORw0KGgo=', 'base64');
  expect(calls).toEqual([
    ['filesUploadV2', { channel_id: 'C1', thread_ts: '1.1', filename: 'a.png', title: 'A picture', file }],
  ]);
});

test('what was done already is done', async () => {
  const { say } = slack({
    'reactions.add': [platformError('already_reacted')],
    'reactions.remove': [platformError('no_reaction')],
    'chat.delete': [platformError('message_not_found')],
  });
  expect(await say({ kind: 'react', name: 'eyes', ts: '1.1' })).toEqual({});
  expect(await say({ kind: 'unreact', name: 'eyes', ts: '1.1' })).toEqual({});
  expect(await say({ kind: 'delete', of: '2.2' })).toEqual({});
});

test('a permit is for one call, and without it nothing leaves', async () => {
  const { calls, send } = slack();
  const what = { kind: 'post', text: 'Brown.' } as const;
  const wish = { agentId: 'docs', sessionId: 's', by: 'platform', place, what } as const;
  const permit = permitToSay(wish, { isShared: false }, { id: 'p1', clock });
  if ('refused' in permit) throw new Error(permit.why);
  await expect(send(permit, leavingOf({ ...what, text: 'Red.' }))).rejects.toThrow('was not sent');
  await send(permit, leavingOf(what));
  await expect(send(permit, leavingOf(what))).rejects.toThrow('used twice');
  expect(calls).toHaveLength(1);
});

test('the app that is not in the channel is told as that, with a fix', async () => {
  const { say } = slack({ 'chat.postMessage': [platformError('not_in_channel')] });
  await expect(say({ kind: 'post', text: 'Hi.' })).rejects.toMatchObject({
    facts: { kind: 'refused', fix: expect.stringMatching(/^Invite the app/) },
  });
});

test('a message is found by its id on any page, and one that is not there is not', async () => {
  const metadata = { event_type: 'jvagent_message', event_payload: { id: 'o1' } };
  const pages = () => [
    { ok: true, messages: [{ ts: '1.1' }], response_metadata: { next_cursor: 'n' } },
    { ok: true, messages: [{ ts: '3.3', metadata }] },
  ];
  const { calls, find } = slack({ 'conversations.replies': pages() });
  expect(await find(leavingOf({ kind: 'post', text: 'x' }))).toEqual({ ts: '3.3' });
  expect(calls[0]?.[1]).toMatchObject({ ts: '1.1', include_all_metadata: true, oldest: '1699999940.000000' });
  const other = slack({ 'conversations.replies': pages() });
  expect(await other.find({ ...leavingOf({ kind: 'post', text: 'x' }), id: 'o2' })).toBeUndefined();
});
