/** Buttons that are pressed by whoever should not, elsewhere, twice, late, or that are no buttons of ours. */
import { expect, test } from 'vitest';
import type { SayFacts } from '../../../src/conversations/say.ts';
import { wishOf } from '../../../src/conversations/say.ts';
import { isRefusal } from '../../../src/refusal.ts';
import { press } from '../../../src/supervisor/slack/press.ts';
import { inChannels } from '../../supervisor/slack/channels.ts';

const place = { app: 'default', channel: 'CACME', root: '1001.000001' };

/** An agent asked a question with two buttons in a thread of acme's channel. */
async function asked(shared: string[] = []) {
  const world = await inChannels(undefined, { shared });
  const { says, store, clock } = world;
  const root = await says('CACME', 'U1', '<@UBOT> go on?');
  const [session] = await store.sessions.list('support/acme');
  const agentId = 'support/acme';
  const { sessionId = '' } = session ?? {};
  const facts: SayFacts = { agentId, sessionId, epoch: 1, place: { ...place, root }, inRow: 0, now: clock.now() };
  const wish = wishOf({ kind: 'ask', text: 'Really?', options: ['Yes', 'No'] }, facts);
  if (isRefusal(wish)) throw new Error(wish.why);
  const id = await store.outbox.add(wish);
  await store.outbox.begin(id);
  await store.outbox.end(id, { kind: 'sent', ts: '1002.000001' }, undefined);
  const shown = (await store.outbox.get(id))?.what;
  const [yes] = (shown && 'buttons' in shown && shown.buttons) || [];
  /** A press as Slack brings it, with what an attacker changes about it. */
  let presses = 0;
  async function press(more: Record<string, unknown> = {}, value = yes?.id, action = 'jv:answer') {
    presses += 1;
    const usual = { team: { id: 'T1' }, user: { id: 'U1' }, channel: { id: 'CACME' }, trigger_id: `t${presses}` };
    const message = { ts: '1002.000001', thread_ts: root };
    const actions = [{ action_id: action, value }];
    await world.told({ type: 'block_actions', ...usual, message, ...more, actions });
  }
  const answers = async () => (await world.given('support/acme')).filter((line) => / (Yes|No)$/.test(line)).length;
  return { ...world, press, answers, yes };
}

const presses: [string, Record<string, unknown>, (string | undefined)?, string?][] = [
  ['in another channel', { channel: { id: 'CGLOBEX' } }],
  ['below another message', { message: { ts: '1003.000001' } }],
  ['of another workspace', { team: { id: 'T9' } }],
  ['with the words in place of our id', {}, 'Yes'],
  ['as another of our actions', {}, undefined, 'jv:confirm'],
  ['as an action that is not ours', {}, undefined, 'answer'],
  ['with an action from the language', {}, undefined, 'jv:constructor'],
];

test.each(presses)('a press %s answers nothing', async (_, more, value, action) => {
  const { press, answers } = await asked();
  await press(more, value, action);
  expect(await answers()).toBe(0);
  await press();
  expect(await answers()).toBe(1);
});

test('two presses at once, also of two buttons of one message, count once', async () => {
  const { press, answers } = await asked();
  await Promise.all([press(), press({ user: { id: 'U2' } }), press()]);
  expect(await answers()).toBe(1);
});

test('a press by the app of another customer finds no button', async () => {
  const { store, yes } = await asked();
  const body = { action: 'answer', value: yes?.id ?? '', values: {}, messageTs: '1002.000001' };
  await store.inbox.add('globex', { kind: 'click', eventKey: 'c1', channel: 'CACME', user: 'U1', body });
  const [entry] = await store.inbox.open(['globex'], 1);
  const { node, app } = await inChannels();
  if (entry?.kind !== 'click') throw new Error('it is a press');
  await press({ ...node, store }, entry, app, { answer: async () => Promise.reject(new Error('it was taken')) });
  expect(await store.inbox.open(['globex'], 1)).toEqual([]);
});

test('an old button says nothing any more', async () => {
  const { press, answers, clock } = await asked();
  clock.time += 365 * 86_400_000;
  await press();
  expect(await answers()).toBe(0);
});

test('once a channel is shared with another company, a press there reaches no agent that does not allow it', async () => {
  const shared: string[] = [];
  const { press, answers, clock } = await asked(shared);
  shared.push('CACME');
  clock.time += 3_600_000;
  await press({ user: { id: 'U9', team_id: 'T9' } });
  await press();
  expect(await answers()).toBe(0);
});
