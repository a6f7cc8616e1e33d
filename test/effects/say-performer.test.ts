/** What stands in the outbox is sent once in effect, whatever Slack, the network and this process do in between. */
import { expect, test } from 'vitest';
import { OutsideError, type OutsideErrorFacts } from '../../src/base/errors.ts';
import { permitToSay } from '../../src/conversations/gate/say-gate.ts';
import type { OutboxWish, Outgoing } from '../../src/conversations/outgoing.ts';
import {
  createSayPerformer,
  type Leaving,
  type SayPerformerOptions,
  type Slack,
} from '../../src/effects/say-performer.ts';
import { refuse } from '../../src/refusal.ts';
import { openTestStore } from '../store/fixture.ts';

const wish: OutboxWish = {
  ...{ key: 'k1', agentId: 'docs', sessionId: 'slack-t1-c1-1-1', by: 'agent' },
  ...{ place: { app: 'default', channel: 'C1', root: '1.1' }, what: { kind: 'post', text: 'Brown.' } },
};
const fault = (facts: Partial<OutsideErrorFacts>) =>
  new OutsideError('Slack (default): chat.postMessage in C1', {
    ...{ system: 'Slack (default)', request: 'chat.postMessage in C1', kind: 'unreachable' },
    ...facts,
  });

type Step = (leaving: Leaving) => void;

interface Script {
  before?: Step[];
  after?: Step[];
  permit?: SayPerformerOptions['permit'];
  slack?: 'none';
}

/** A Slack that keeps what was posted, and before or after does what a test says, once each. */
async function world(script: Script = {}) {
  const { store, clock } = await openTestStore();
  const posted: { ts: string; leaving: Leaving }[] = [];
  const { before = [], after = [] } = script;
  const slack: Slack = {
    async find(leaving) {
      const found = posted.find((each) => each.leaving.id === leaving.id);
      return found && { ts: found.ts };
    },
    async send(permit, leaving) {
      expect(permit.binding).toMatchObject({ kind: 'say', address: 'slack/default/C1/1.1' });
      before.shift()?.(leaving);
      const ts = `2.${posted.length + 1}`;
      posted.push({ ts, leaving });
      after.shift()?.(leaving);
      return { ts };
    },
  };
  const agent = { app: 'default', channels: ['C1'], allowShared: false, configDigest: 'd' };
  const perform = createSayPerformer({
    ledger: store.outbox,
    permit: script.permit ?? (async (row) => permitToSay(row, { agent, isShared: false }, { id: 'p1', clock })),
    slackOf: () => (script.slack === 'none' ? undefined : slack),
    hostsOf: () => [],
    crashPoints: { reach: () => {} },
    clock,
  });
  const id = await store.outbox.add(wish);
  return { store, clock, posted, perform, id, row: () => store.outbox.get(id) };
}

const lose: Step = () => {
  throw fault({ maybeDone: true });
};

test('a message is sent under a permit, with an audit entry before and after', async () => {
  const { store, posted, perform, id, row } = await world();
  expect(await perform(id)).toMatchObject({ outcome: { kind: 'sent', ts: '2.1' } });
  expect(await row()).toMatchObject({ state: 'sent', ts: '2.1' });
  expect(posted).toHaveLength(1);
  expect(await store.audit.list('docs', 0, 10)).toMatchObject([
    { action: 'slack.post', target: 'slack/default/C1/1.1', outcome: 'intended' },
    { action: 'slack.post', actor: 'agent/docs', outcome: 'done', permit: 'p1' },
  ]);
  expect(await perform(id)).toBeUndefined();
});

test('a message whose answer was lost is found, and not sent again', async () => {
  const { clock, posted, perform, id, row } = await world({ after: [lose] });
  expect(await perform(id)).toMatchObject({ outcome: { kind: 'unknown', until: clock.time + 1_000 } });
  expect(await row()).toMatchObject({ state: 'unknown' });
  await perform(id);
  expect(await row()).toMatchObject({ state: 'sent', ts: '2.1' });
  expect(posted).toHaveLength(1);
});

test('a message that never arrived is sent again once it was looked for', async () => {
  const { posted, perform, id, row } = await world({ before: [lose] });
  await perform(id);
  expect(posted).toHaveLength(0);
  await perform(id);
  expect(posted).toHaveLength(1);
  expect(await row()).toMatchObject({ state: 'sent' });
});

test('a process that died while it sent is followed by a search', async () => {
  const { store, posted, perform, id, row } = await world();
  await perform(id);
  const other = await store.outbox.add({ ...wish, key: 'k2' });
  await store.outbox.begin(other);
  await store.outbox.recover();
  expect(await store.outbox.get(other)).toMatchObject({ state: 'unknown' });
  await perform(other);
  expect(posted).toHaveLength(2);
  expect(await row()).toMatchObject({ ts: '2.1' });
});

test('a limit is waited for as long as Slack says, for the whole app', async () => {
  const limited: Step = () => {
    throw fault({ kind: 'limited', retryAfterMs: 30_000 });
  };
  const { clock, perform, id, row } = await world({ before: [limited] });
  const until = clock.time + 30_000;
  expect(await perform(id)).toMatchObject({ outcome: { kind: 'later', until }, appUntil: until });
  expect(await row()).toMatchObject({ state: 'queued', refusal: { refused: 'OUTSIDE_LIMITED' } });
});

test('pauses grow while Slack does not answer, and what is a day old is given up', async () => {
  const { clock, perform, id, row } = await world({ before: [lose, lose, lose, lose] });
  const pauses: number[] = [];
  for (let tries = 0; tries < 3; tries += 1) {
    const performed = await perform(id);
    if (performed && 'until' in performed.outcome) pauses.push(performed.outcome.until - clock.time);
  }
  expect(pauses).toEqual([1_000, 2_000, 4_000]);
  clock.time += 25 * 3_600_000;
  await perform(id);
  expect(await row()).toMatchObject({ state: 'failed' });
});

test("Slack's no is the end, with a fix", async () => {
  const no: Step = () => {
    throw fault({ kind: 'refused', typeKey: 'not_in_channel', fix: 'Invite the app.' });
  };
  const { perform, id, row } = await world({ before: [no] });
  await perform(id);
  expect(await row()).toMatchObject({
    state: 'failed',
    refusal: { refused: 'OUTSIDE_REFUSED', fix: 'Invite the app.' },
  });
});

test.each([
  ['PAUSED', 'queued'],
  ['CONFIG_UNTRUSTED', 'queued'],
  ['ADDRESS_DENIED', 'failed'],
] as const)('without a permit nothing is sent: after %s it is %s', async (code, state) => {
  const { posted, perform, id, row } = await world({ permit: async () => refuse(code, 'no') });
  await perform(id);
  expect(posted).toEqual([]);
  expect(await row()).toMatchObject({ state, refusal: { refused: code } });
});

test('a reaction is simply repeated, and an edit waits for its message', async () => {
  const { store, posted, perform, id } = await world({ after: [lose] });
  const add = (key: string, what: Outgoing) => store.outbox.add({ ...wish, key, what });
  const eyes = await add('r', { kind: 'react', name: 'eyes', ts: '1.1' });
  expect(await perform(eyes)).toMatchObject({ outcome: { kind: 'later' } });
  await perform(eyes);
  expect(posted.map(({ leaving }) => leaving.what.kind)).toEqual(['react', 'react']);
  const edit = await add('e', { kind: 'edit', of: id, text: 'Red.' });
  expect(await perform(edit)).toMatchObject({ outcome: { kind: 'later' } });
  await perform(id);
  await perform(edit);
  expect(posted.at(-1)?.leaving.what).toMatchObject({ kind: 'edit', of: '2.3' });
});

test('what an agent may not say now waits without an attempt, and leaves when it may', async () => {
  const { store, clock, posted, perform, id, row } = await world({
    permit: async (row) =>
      clock.time < Date.UTC(2026, 10, 20, 13)
        ? refuse('PAUSED', 'docs has been paused')
        : permitToSay(
            row,
            { agent: { app: 'default', channels: ['C1'], allowShared: false, configDigest: 'd' }, isShared: false },
            { id: 'p1', clock },
          ),
  });
  for (let tries = 0; tries < 3; tries += 1) {
    await perform(id);
    clock.time += 60_000;
  }
  expect(await row()).toMatchObject({ state: 'queued', attempts: 0, refusal: { refused: 'PAUSED' } });
  expect(await store.audit.list('docs', 0, 10)).toEqual([]);
  clock.time += 3_600_000;
  await perform(id);
  expect(posted).toHaveLength(1);
});

test.each(['PAUSED', 'GATE_UNVERIFIABLE'] as const)('what %s keeps for a day is given up, once', async (code) => {
  const { store, clock, posted, perform, id, row } = await world({ permit: async () => refuse(code, 'not now') });
  await perform(id);
  clock.time += 25 * 3_600_000;
  for (let tries = 0; tries < 3; tries += 1) await perform(id);
  expect(await row()).toMatchObject({ state: 'failed', refusal: { refused: code } });
  expect((await store.audit.list('docs', 0, 10)).map(({ outcome }) => outcome)).toEqual(['intended', `failed ${code}`]);
  expect(posted).toEqual([]);
});

test('an app that is not connected is waited for, for a day', async () => {
  const { clock, perform, id, row } = await world({ slack: 'none' });
  await perform(id);
  expect(await row()).toMatchObject({ state: 'queued', refusal: { refused: 'OUTSIDE_AUTH' } });
  clock.time += 25 * 3_600_000;
  await perform(id);
  expect(await row()).toMatchObject({ state: 'failed', refusal: { fix: 'Set SLACK_BOT_TOKEN in .env.' } });
});
