/** What follows when people write in Slack: whose a message is, what is shown, and what stays apart. */
import { expect, test } from 'vitest';
import { OutsideError } from '../../../src/base/errors.ts';
import { turnKeyOf } from '../../../src/store/fence.ts';
import { granted } from '../../store/fixture.ts';
import { inChannels } from './channels.ts';

const words = (rows: { what: object }[]) =>
  rows.map(({ what }) => ('text' in what ? what.text : 'name' in what ? what.name : what));

test('an addressed message is given to the session of its thread and gets a mark, once', async () => {
  const { says, given, posts } = await inChannels();
  const root = await says('CACME', 'U1', '<@UBOT> why is it slow?');
  await says('CACME', 'U1', 'and since when?', root);
  const session = `slack-t1-cacme-${root.replace('.', '-')}`;
  expect(await given('support/acme')).toEqual([
    `${session} slack.message <@UBOT> why is it slow?`,
    `${session} slack.message and since when?`,
  ]);
  expect(words(await posts('support/acme'))).toEqual(['eyes', 'eyes']);
});

test('threads have sessions of their own, and what is said in one channel never reaches the agent of another', async () => {
  const { says, given } = await inChannels();
  await says('CACME', 'U1', '<@UBOT> one');
  await says('CACME', 'U1', '<@UBOT> two');
  await says('CGLOBEX', 'U1', '<@UBOT> globex: three');
  await says('CGLOBEX', 'U1', '<@UBOT> acme: four');
  const acme = await given('support/acme');
  expect(acme.map((line) => line.split(' ').at(-1))).toEqual(['one', 'two']);
  expect(new Set(acme.map((line) => line.split(' ')[0])).size).toBe(2);
  expect((await given('support/globex')).map((line) => line.split(' ').at(-1))).toEqual(['three', 'four']);
});

test('an app that cannot learn who reads a channel says so to those who ask it there, and answers nothing', async () => {
  const { says, given, posts, logOf, app } = await inChannels();
  const facts = { system: 'Slack', request: 'conversations.info', kind: 'auth' } as const;
  Object.assign(app.reads, { channel: () => Promise.reject(new OutsideError('answered missing_scope', facts)) });
  await says('CACME', 'U1', '<@UBOT> why is it slow?');
  await says('CACME', 'U1', 'anybody?');
  expect(await given('support/acme')).toEqual([]);
  expect(words(await posts(''))).toEqual([expect.stringContaining('`jvagent doctor`')]);
  expect(await logOf('support/acme')).toEqual(Array(2).fill(expect.stringContaining('answered missing_scope')));
});

const two = { docs: { slack: { channels: ['C1'] } }, 'support/acme': { slack: { channels: ['C1'] } } };

test('where several agents are heard people are asked, and the choice gives everything that waited to one of them', async () => {
  const { says, presses, given, posts } = await inChannels(two);
  const root = await says('C1', 'U1', '<@UBOT> how does it work?');
  await says('C1', 'U1', '<@UBOT> please', root);
  expect(words(await posts(''))).toEqual(['Which agent do you mean?']);
  expect([...(await given('docs')), ...(await given('support/acme'))]).toEqual([]);
  await presses('C1', 'U2', 'docs');
  await presses('C1', 'U1', 'support/acme');
  expect((await given('docs')).map((line) => line.split(' ').at(-1))).toEqual(['work?', 'please']);
  expect(await given('support/acme')).toEqual([]);
  const [chosen, late] = words(await posts('')).slice(-2);
  expect(chosen).toContain('name of U2 chose docs.');
  expect(late).toBe('Nothing was done: it was decided before.');
});

test('a choice in a thread that became another agent’s takes the buttons away, and the thread is heard on', async () => {
  const { says, presses, given, posts } = await inChannels(two);
  const root = await says('C1', 'U1', '<@UBOT> how?');
  await says('C1', 'U1', '<@UBOT> acme: how?', root);
  await presses('C1', 'U2', 'docs', '1001.500001', root);
  await says('C1', 'U1', 'and since when?', root);
  expect((await given('support/acme')).map((line) => line.split(' ').at(-1))).toEqual(['how?', 'when?']);
  expect(await given('docs')).toEqual([]);
  const line = 'name of U2 chose docs, but this thread is with support/acme already.';
  expect((await posts('')).at(-1)?.what).toMatchObject({ kind: 'edit', text: `Which agent do you mean?\n\n${line}` });
});

test('a press with a value that we did not give, or at another place, does nothing', async () => {
  const { says, presses, told, given, posts } = await inChannels(two);
  await says('C1', 'U1', '<@UBOT> how?');
  const actions = [{ action_id: 'jv:choose', value: 'docs' }];
  const at = { team: { id: 'T1' }, user: { id: 'U1' }, channel: { id: 'C1' }, message: { ts: '3.1' }, trigger_id: 'x' };
  await told({ type: 'block_actions', ...at, actions });
  await presses('C9', 'U1', 'docs');
  expect([...(await given('docs')), ...(await given('support/acme'))]).toEqual([]);
  expect(await posts('')).toHaveLength(1);
});

test('what nobody is addressed in goes to those who sort it; what is left alone stands in their log with its reason', async () => {
  const { says, given, logOf } = await inChannels({
    docs: { slack: { channels: ['C1'] }, triage: 'Questions about the product.' },
    qa: { slack: { channels: ['C1'] }, triage: 'Failures.' },
    off: { slack: { channels: ['C1'] }, triage: 'All.', isOff: true },
  });
  await says('C1', 'U1', 'the build broke');
  await says('C1', 'U1', '<@U2> did you see?');
  expect(await given('docs')).toEqual(['main slack.ambient the build broke']);
  expect(await given('qa')).toEqual(['main slack.ambient the build broke']);
  expect(await given('off')).toEqual([]);
  expect(await logOf('docs')).toEqual(['ignored: name of U1 in C1: "<@U2> did you see?": speaks to somebody else']);
});

test('to an agent that is paused or switched off one line answers in each thread, and a paused one reads it later', async () => {
  const opened = await inChannels({
    docs: { slack: { channels: ['C1'] } },
    off: { slack: { channels: ['C2'] }, isOff: true },
  });
  const { says, given, posts, store } = opened;
  await store.agents.pause('docs');
  const root = await says('C1', 'U1', '<@UBOT> one');
  await says('C1', 'U1', 'two', root);
  expect(words(await posts('docs'))).toEqual(['eyes', expect.stringContaining('docs has been paused'), 'eyes']);
  const other = await says('C2', 'U1', '<@UBOT> three');
  await says('C2', 'U1', '<@UBOT> four', other);
  expect(words(await posts(''))).toEqual([expect.stringContaining('off is not at work')]);
  expect(await given('off')).toEqual([]);
});

test.each([
  [false, ['Yes'], ['edit', 'post'], 'docs has been paused'],
  [true, [], ['post'], 'docs is not at work'],
])(
  'who presses an answer of an agent that is paused is told so, also where it is switched off: %s',
  async (isOff, read, kinds, line) => {
    const { says, presses, given, posts, store } = await inChannels({ docs: { slack: { channels: ['C1'] }, isOff } });
    const root = await says('C1', 'U1', 'hm');
    const place = { app: 'default', channel: 'C1', root };
    const button = { label: 'Yes', action: 'answer', body: { text: 'Yes' }, expiresAt: Number.MAX_SAFE_INTEGER };
    const whose = { agentId: 'docs', sessionId: `slack-t1-c1-${root.replace('.', '-')}`, by: 'agent' } as const;
    await store.outbox.add({ ...whose, key: 'q', place, what: { kind: 'post', text: 'Go on?' }, buttons: [button] });
    await store.agents.pause('docs');
    await presses('C1', 'U1', 'Yes');
    const rows = [...(await posts('docs')), ...(await posts(''))].slice(1);
    expect(rows.map(({ what }) => what.kind)).toEqual(kinds);
    expect(rows.at(-1)?.what).toMatchObject({ text: expect.stringContaining(line) });
    expect((await given('docs')).map((words) => words.split(' ').at(-1))).toEqual(read);
  },
);

test('a channel that is shared with another company is closed to an agent that does not allow it', async () => {
  const shared = ['C1', 'C2'];
  const allowed = { slack: { channels: ['C2'], allowShared: true } };
  const { says, given, posts } = await inChannels({ docs: { slack: { channels: ['C1'] } }, open: allowed }, { shared });
  await says('C1', 'U1', '<@UBOT> one');
  await says('C2', 'U1', '<@UBOT> two');
  expect(await given('docs')).toEqual([]);
  expect(words(await posts(''))).toEqual([expect.stringContaining('shared with another company')]);
  expect(await given('open')).toHaveLength(1);
});

test('direct messages reach the agents that know the person', async () => {
  const people = { U1: { person: 'erin@acme.example.com' } };
  const { says, given, posts } = await inChannels({ docs: { slack: { people } }, other: { slack: {} } });
  await says('D1', 'U1', 'hello');
  await says('D2', 'U2', 'hello');
  expect(await given('docs')).toEqual([expect.stringContaining('slack.message hello')]);
  expect(words(await posts(''))).toEqual([expect.stringContaining('No agent takes direct messages from you')]);
});

test('stop, as a word or a cross, ends the turn and what it was given', async () => {
  const { says, told, given, posts, node } = await inChannels();
  const root = await says('CACME', 'U1', '<@UBOT> do much');
  const sessionId = `slack-t1-cacme-${root.replace('.', '-')}` as never;
  const session = { agentId: 'support/acme', sessionId };
  const { sessions } = node.store;
  /** Begins a turn; the other node that has it hears of the stop from the store. */
  const begin = async () =>
    granted(await sessions.claim({ ...session, owner: 'another node', leaseMs: 90_000, batchMax: 9 }));
  const first = await begin();
  await says('CACME', 'U1', 'stop', root);
  expect([await sessions.news([first]), await given('support/acme')]).toMatchObject([[{ isStopped: true }], []]);
  await sessions.release({ ...turnKeyOf(first), end: 'rested' });
  await says('CACME', 'U1', 'do less', root);
  const item = { type: 'message', channel: 'CACME', ts: root };
  const event = { type: 'reaction_added', user: 'U1', reaction: 'x', item };
  const second = await begin();
  expect(await sessions.news([second])).toEqual([]);
  await told({ type: 'event_callback', team_id: 'T1', event_id: 'EvX', event });
  expect([await sessions.news([second]), await given('support/acme')]).toMatchObject([[{ isStopped: true }], []]);
  expect(words(await posts('support/acme')).filter((word) => word === 'Stopped.')).toHaveLength(2);
});
