/** What people decide by a press in Slack: only those who may, about what they saw, once; whoever may not is told so. */
import { expect, test } from 'vitest';
import type { AgentId } from '../../../src/agents/agent-id.ts';
import type { SessionId } from '../../../src/broker/session-id.ts';
import { type Proposal, proposalHash, seenValue } from '../../../src/conversations/proposal.ts';
import type { Sending } from '../../../src/store/conversations/outbox-rows.ts';
import { postStatus } from '../../../src/supervisor/status-post.ts';
import type { WorkItem } from '../../../src/work-items/work-item.ts';
import { granted, rules } from '../../store/fixture.ts';
import { codeChangeAgent } from '../../turns/turn.ts';
import { plan, postedPlan } from '../../work-items/fixture.ts';
import { inChannels } from '../slack/channels.ts';

const impl = { agentId: 'impl/acme' as AgentId, sessionId: 'slack-t1-c1-1-2' as SessionId };
const people = {
  U1: { person: 'erin@acme.example.com', may: ['confirm', 'reject', 'stop', 'start'] },
  U2: { person: 'rob@acme.example.com', may: ['confirm'] },
  U3: { person: 'ann@acme.example.com', may: [] },
  UG: { person: 'guest@acme.example.com', may: ['confirm', 'reject'] },
};
const confirmers = ['erin@acme.example.com', 'guest@acme.example.com'];
const instance = { name: 'acme-production', url: 'https://acme.example.com', writePaths: ['/config/*'], confirmers };

const kinds = (rows: readonly Sending[]) =>
  rows.map(({ what }) => `${what.kind}: ${'text' in what ? what.text.split('\n').at(-1) : ''}`);

/** A proposal that waits in its thread. */
async function proposed() {
  const world = await inChannels({ 'impl/acme': { slack: { channels: ['C1'], people }, instance } });
  const { store, clock } = world;
  const at = clock.now();
  await store.sessions.ensure(impl);
  await store.threads.bind({ app: 'default', channel: 'C1', root: '1.2', team: 'T1', ...impl, at });
  const { epoch, claimId } = granted(await store.sessions.claim({ ...impl, owner: 'n', leaseMs: 1, batchMax: 1 }));
  const before = seenValue({ status: 200, body: { value: 30 } }, (body) => body);
  const request = { method: 'PUT', path: '/config/timeout', body: { value: 45 } } as const;
  const parts = { ...impl, request, before, why: 'It is short.', expiresAt: at + 3_600_000 };
  const proposal: Proposal = { id: 'p1', at, hash: proposalHash(parts), ...parts };
  granted(await store.proposals.add({ ...impl, epoch, claimId }, proposal, 'May I?'));
  const state = async () => (await store.proposals.get('p1'))?.state;
  const audit = async () =>
    (await store.audit.tail('impl/acme', 20)).map(({ actor, action, outcome, permit }) =>
      [actor, action, outcome, permit ? 'permit' : ''].join(' ').trim(),
    );
  return { ...world, state, audit };
}

test('a confirmer confirms by the button, once; the message says by whom, and has no buttons any more', async () => {
  const { presses, posts, state, audit } = await proposed();
  await presses('C1', 'U1', 'Confirm');
  expect(await state()).toBe('confirmed');
  expect(kinds(await posts('impl/acme'))).toEqual([
    'post: May I?',
    expect.stringMatching(/^edit: \*\*Confirmed\*\* by `erin@acme\.example\.com`, 2026-11-20 .* UTC\.$/),
  ]);
  expect(await audit()).toContain('slack/default/U1 confirm done permit');
  await presses('C1', 'U2', 'Decline');
  expect(await state()).toBe('confirmed');
  expect(kinds(await posts(''))).toEqual(['ephemeral: Nothing was done: it was decided before.']);
});

test.each([
  ['who may confirm and is no confirmer', 'U2', 'is not in instance.confirmers'],
  ['who is a confirmer and a guest', 'UG', 'is a guest'],
  ['without the right', 'U3', 'may not confirm'],
  ['who is nobody to the agent', 'U9', 'is not in slack.people'],
  ['that is a bot', 'UB', 'is a bot'],
])('somebody %s confirms nothing, and is told why', async (_, user, why) => {
  const { presses, posts, state, audit } = await proposed();
  await presses('C1', user, 'Confirm');
  expect(await state()).toBe('open');
  expect((await posts('')).map(({ what }) => what)).toMatchObject([
    { kind: 'ephemeral', user, text: expect.stringContaining(why) },
  ]);
  expect(await audit()).toContain(`slack/default/${user} confirm refused GATE_ACTOR`);
  await presses('C1', 'U1', 'Confirm');
  expect(await state()).toBe('confirmed');
});

test('everybody with the right may turn it down', async () => {
  const { presses, state } = await proposed();
  await presses('C1', 'U2', 'Decline');
  expect(await state()).toBe('declined');
});

test('nothing is confirmed while the configuration is not the one that was trusted', async () => {
  const { store, presses, posts, state } = await proposed();
  await store.agents.set('impl/acme', { trusted: { digest: 'another', steering: {} } });
  await presses('C1', 'U1', 'Confirm');
  expect(await state()).toBe('open');
  expect(kinds(await posts(''))).toEqual([expect.stringContaining('the configuration of impl/acme changed')]);
});

const acme = 'codechange/acme';
const wi = { agentId: acme as AgentId, sessionId: 'wi-12' as SessionId };

/** A plan of work item 12 that waits, told in the status channel. */
async function planned() {
  const slack = { channels: [], statusChannel: 'C7', people };
  const world = await inChannels({ [acme]: { slack, hasBoard: true } });
  const { store, clock } = world;
  await store.sessions.ensure(wi);
  const { epoch, claimId } = granted(await store.sessions.claim({ ...wi, owner: 'n', leaseMs: 60_000, batchMax: 1 }));
  const apply = (event: Parameters<typeof store.items.apply>[0]['event']) =>
    store.items.apply({ ...wi, epoch, claimId, event, rules, stateMapping: {} });
  await apply({ kind: 'found', title: 'Guard keys', type: 'Bug' });
  const submitted = { plan, text: postedPlan.text, hash: postedPlan.hash, baseSha: 'b', contentHash: 'c' };
  const { item } = granted(await apply({ kind: 'plan-submitted', ...submitted }));
  const agent = { ...codeChangeAgent({ slack }) };
  const turn = world.runningTurn({ ...wi, epoch, claimId, agent });
  const tell = (now: WorkItem) => postStatus({ store, clock }, turn, now);
  await tell(item);
  const asked = async () =>
    (await store.messages.unrouted(10)).map(({ from, command, payload }) => ({ from, command, payload }));
  return { ...world, item, tell, asked };
}

test('a rejection becomes a message of that person to the work item, bound to the plan; the buttons are gone', async () => {
  const { presses, posts, asked } = await planned();
  await presses('C7', 'U1', 'Reject');
  const payload = { workItemId: 12, hash: postedPlan.hash, feedback: '' };
  expect(await asked()).toEqual([{ from: 'person/erin@acme.example.com', command: 'work.reject', payload }]);
  expect(kinds(await posts(acme)).at(-1)).toMatch(/^edit: \*\*Rejected by\*\* `erin@acme/);
  await presses('C7', 'U1', 'Stop');
  expect(await asked()).toHaveLength(1);
});

test('who wants changes is asked which, and the words go to the work item', async () => {
  const { presses, told, posts, asked } = await planned();
  await presses('C7', 'U1', 'Request changes');
  const form = (await posts('')).map(({ what }) => what).find(({ kind }) => kind === 'form');
  expect(form).toMatchObject({ trigger: 'tr1', title: 'Request changes' });
  expect(await asked()).toEqual([]);
  const { value, action, field } = form as { value: string; action: string; field: string };
  const state = { values: { [field]: { [field]: { value: 'Use a queue.' } } } };
  const view = { id: 'V1', callback_id: `jv:${action}`, private_metadata: value, state };
  await told({ type: 'view_submission', team: { id: 'T1' }, user: { id: 'U1' }, view });
  expect(await asked()).toMatchObject([{ command: 'work.reject', payload: { feedback: 'Use a queue.' } }]);
});

test('somebody without the right decides nothing about a plan', async () => {
  const { presses, posts, asked } = await planned();
  for (const label of ['Request changes', 'Reject', 'Stop']) await presses('C7', 'U2', label);
  expect(await asked()).toEqual([]);
  expect(kinds(await posts(''))).toHaveLength(3);
});

test('a stop is a cancellation in the name of that person', async () => {
  const { presses, asked } = await planned();
  await presses('C7', 'U1', 'Stop');
  expect(await asked()).toMatchObject([{ from: 'person/erin@acme.example.com', command: 'work.cancel' }]);
});

test('once the item went on, a press on its old plan is refused', async () => {
  const { presses, posts, item, tell, asked } = await planned();
  await tell({ ...item, phase: 'executing', since: 9 });
  expect(kinds(await posts(acme)).some((line) => line.startsWith('edit: **Decided'))).toBe(true);
  await presses('C7', 'U1', 'Reject');
  expect(await asked()).toEqual([]);
  expect(kinds(await posts(''))).toEqual(['ephemeral: Nothing was done: it was decided before.']);
});
