import { expect, test } from 'vitest';
import { effectKey } from '../../src/effects/effect-key.ts';
import { refuse } from '../../src/refusal.ts';
import type { Store } from '../../src/store/database/database.ts';
import type { Intent, LifecycleEvent } from '../../src/work-items/lifecycle/events.ts';
import { acme, claimOptions, granted, openTestStore, rules, session, wi12 } from './fixture.ts';

const found: LifecycleEvent = { kind: 'found', title: 'Guard keys', type: 'Bug' };
const plan = { summary: 's', steps: ['a'], files: [], tests: [], risks: '', rollback: '' };
const submitted: LifecycleEvent = {
  kind: 'plan-submitted',
  plan,
  text: 't',
  hash: 'h1',
  baseSha: 'b',
  contentHash: 'c',
};

async function begin(store: Store) {
  await store.sessions.ensure(session);
  const { epoch, claimId } = granted(await store.sessions.claim(claimOptions));
  const turn = { ...session, epoch, claimId };
  const stateMapping = { approved: 'Approved', rejected: 'Rejected' };
  const apply = (event: LifecycleEvent) => store.items.apply({ ...turn, event, rules, stateMapping });
  const ledger = store.effects.ledgerOf(turn);
  const perform = async (intent: Intent) => {
    const key = effectKey(acme, 12, intent);
    const before = await ledger.begin(key, intent);
    if (before) return before;
    await ledger.end(key, { kind: 'done', result: { rev: 5 } }, 'p1');
    return undefined;
  };
  return { turn, apply, ledger, perform };
}

test('an event stores item, phase, title and intents together', async () => {
  const { store } = await openTestStore();
  const { apply } = await begin(store);
  const { item, openIntents } = granted(await apply(found));
  expect(item).toMatchObject({ workItemId: 12, phase: 'planning', counts: { moves: 1 } });
  expect(openIntents).toEqual([
    { kind: 'claim-plan', nth: 1 },
    { kind: 'tell', nth: 1 },
  ]);
  const stored = granted(await store.sessions.get(acme, wi12));
  expect(stored).toMatchObject({ phase: 'planning', title: 'Guard keys', workItemId: 12, item });
  expect(await store.effects.open(session)).toMatchObject([{ state: 'intended' }, { state: 'intended' }]);
});

test('a waiting item shows what it waits for, in the words of the tracker', async () => {
  const { store } = await openTestStore();
  const { apply } = await begin(store);
  await apply(found);
  await apply(submitted);
  expect((await store.sessions.get(acme, wi12))?.pendingTrigger).toEqual({
    type: 'azdo_state_change',
    workItemId: 12,
    targetStates: ['Approved', 'Rejected'],
    resumePrompt: 'Work item 12 has been approved. Execute the plan.',
  });
});

test('a turn that is over applies nothing', async () => {
  const { store } = await openTestStore();
  const { apply, turn } = await begin(store);
  await store.sessions.release({ ...turn, end: 'rested' });
  expect(await apply(found)).toMatchObject({ refused: 'GATE_LEASE' });
  granted(await store.sessions.claim(claimOptions));
  expect(await apply(found)).toMatchObject({ refused: 'GATE_LEASE' });
  expect((await store.sessions.get(acme, wi12))?.item).toBeUndefined();
  expect(await store.effects.open(session)).toEqual([]);
  expect(await store.audit.list(acme, 0, 10)).toEqual([]);
});

test('an event whose storing fails halfway leaves nothing behind', async () => {
  const { store } = await openTestStore();
  const { apply } = await begin(store);
  const unstorable = {
    toJSON: () => {
      throw new Error('disk');
    },
  } as unknown as string;
  await apply(found);
  const before = await store.sessions.get(acme, wi12);
  await expect(apply({ ...submitted, hash: 'h2', baseSha: unstorable })).rejects.toThrow('disk');
  expect(await store.sessions.get(acme, wi12)).toEqual(before);
  expect(await store.effects.open(session)).toHaveLength(2);
});

test('intents stay owed, in order, until the lifecycle has seen their outcome', async () => {
  const { store, clock } = await openTestStore();
  const { apply, perform } = await begin(store);
  const claim = granted(granted(await apply(found)).openIntents[0]);
  await perform(claim);
  expect(await store.effects.open(session)).toMatchObject([{ state: 'done' }, { state: 'intended' }]);
  const { openIntents } = granted(await apply(submitted));
  expect(openIntents.map(({ kind }) => kind)).toEqual(['claim-plan', 'tell', 'post-plan', 'show']);
  const after = granted(await apply({ kind: 'effect-done', intent: claim, result: { rev: 5 } }));
  expect(after.openIntents.map(({ kind }) => kind)).toEqual(['tell', 'post-plan', 'show']);
  clock.time += 30_000;
  expect((await store.sessions.claim(claimOptions))?.openIntents).toEqual(after.openIntents);
});

const push: Intent = { kind: 'push', sha: 'c1', branch: 'feature/acme-12', nth: 3 };
const made = (deliver: 'push' | 'pull-request') =>
  ({ kind: 'change-made', sha: 'c1', summary: 'a.js', deliver }) satisfies LifecycleEvent;

/** An approved item whose change is tested and about to be pushed. */
async function beginPush(store: Store) {
  const begun = await begin(store);
  const by = { id: 'erin', name: 'Erin', mail: 'erin@example.com' };
  const tests = { passed: true, output: '', seconds: 1 };
  await begun.apply(found);
  await begun.apply(submitted);
  await begun.apply({ kind: 'approved', approval: { rev: 4, by, at: 1 }, branch: 'feature/acme-12' });
  await begun.apply(made('push'));
  const test: Intent = { kind: 'test', sha: 'c1', nth: 3 };
  await begun.apply({ kind: 'effect-done', intent: test, result: { tests } });
  return begun;
}

test('an effect that is asked for again answers with its stored result, after what was asked before it', async () => {
  const { store } = await openTestStore();
  const { apply, perform } = await beginPush(store);
  expect(await perform(push)).toBeUndefined();
  await apply({ kind: 'effect-done', intent: push, result: { rev: 5 } });
  const { openIntents } = granted(await apply(made('pull-request')));
  expect(openIntents.map(({ kind }) => kind).slice(-2)).toEqual(['push', 'open-pr']);
  expect(await perform(push)).toEqual({ rev: 5 });
});

test('a refused effect is tried again when it is requested again', async () => {
  const { store } = await openTestStore();
  const { apply, perform, turn } = await beginPush(store);
  const ledger = store.effects.ledgerOf(turn);
  const refusal = refuse('GATE_STATE', 'moved away');
  await ledger.begin(effectKey(acme, 12, push), push);
  await ledger.end(effectKey(acme, 12, push), { kind: 'refused', refusal }, undefined);
  expect(granted(await apply({ kind: 'effect-refused', intent: push, refusal })).openIntents).not.toContainEqual(push);
  expect(granted(await apply(made('push'))).openIntents).toContainEqual(push);
  expect(await perform(push)).toBeUndefined();
});

test('an ended item closes its session, and one brought back opens it', async () => {
  const { store } = await openTestStore();
  const { apply } = await begin(store);
  await apply(found);
  await apply({ kind: 'gone', why: 'deleted' });
  expect(await store.sessions.get(acme, wi12)).toMatchObject({ phase: 'cancelled', closedAt: expect.any(Number) });
  await apply(found);
  expect((await store.sessions.get(acme, wi12))?.closedAt).toBeUndefined();
});

test('every change of phase is in the audit log, with the approver who made it', async () => {
  const { store } = await openTestStore();
  const { apply } = await begin(store);
  await apply(found);
  await apply(submitted);
  const approval = { rev: 7, by: { id: 'eve-id', name: 'Eve', mail: 'eve@x' }, at: 1 };
  await apply({ kind: 'approved', approval, branch: 'feature/acme-12' });
  expect(await store.audit.list(acme, 0, 10)).toMatchObject([
    { action: 'found', actor: 'platform', outcome: 'intake to planning' },
    { action: 'plan-submitted', target: 'wi-12', outcome: 'planning to plan-ready' },
    { action: 'approved', actor: 'person/eve@x', outcome: 'plan-ready to executing' },
  ]);
});

test('an approval that does not hold is in the audit log, with who tried it and why it was refused', async () => {
  const { store } = await openTestStore();
  const { apply } = await begin(store);
  await apply(found);
  await apply(submitted);
  const by = { id: 'mallory-id', name: 'Mallory', mail: 'mallory@x' };
  const refusal = refuse('GATE_ACTOR', 'Mallory is not an approver');
  await apply({ kind: 'gate-refused', refusal, rev: 8, by });
  expect(await store.audit.tail(acme, 1)).toMatchObject([
    { action: 'gate-refused', actor: 'person/mallory@x', outcome: 'refused GATE_ACTOR, Mallory is not an approver' },
  ]);
  expect(await store.audit.verify(acme)).toEqual({ ok: true });
});

test('a successful effect resets the count of deaths', async () => {
  const { store } = await openTestStore();
  await store.sessions.ensure(session);
  for (let deaths = 1; deaths <= 2; deaths++) {
    const { epoch, claimId } = granted(await store.sessions.claim(claimOptions));
    await store.sessions.release({ ...session, epoch, claimId, end: 'broke' });
  }
  const { apply, perform } = await begin(store);
  expect((await store.sessions.get(acme, wi12))?.deaths).toBe(3);
  const { openIntents } = granted(await apply(found));
  const intent = granted(openIntents[0]);
  await perform(intent);
  await apply({ kind: 'effect-done', intent, result: { rev: 5 } });
  expect((await store.sessions.get(acme, wi12))?.deaths).toBe(1);
});

test('an item that a person cancels has no open effects, and the record names the person', async () => {
  const { store } = await openTestStore();
  const { apply } = await begin(store);
  await apply(found);
  const { item, openIntents } = granted(await apply({ kind: 'cancelled-by', by: 'erin', rev: 4 }));
  expect(item).toMatchObject({ phase: 'cancelled', cancelledRev: 4 });
  expect(openIntents.map(({ kind }) => kind)).toEqual(['comment', 'show', 'tell']);
  expect((await store.audit.tail(acme, 1))[0]).toMatchObject({ actor: 'person/erin', action: 'cancelled-by' });
});

/** An item whose merge is to be deployed. */
async function beginDeploying() {
  const { store } = await openTestStore();
  const begun = await begin(store);
  const { apply } = begun;
  await apply(found);
  await apply(submitted);
  await apply({ kind: 'approved', approval: { rev: 1, by: { id: 'e', name: 'E', mail: 'e' }, at: 1 }, branch: 'x' });
  await apply({
    kind: 'effect-done',
    intent: { kind: 'open-pr', branch: 'x', sha: 's', nth: 1 },
    result: { number: 4 },
  });
  const { openIntents } = granted(await apply({ kind: 'merged', mergedSha: 'm' }));
  const deploy = granted(openIntents.find(({ kind }) => kind === 'deploy'));
  return { store, deploy, ...begun };
}

test('a deployment that failed puts its instance on hold in the same step', async () => {
  const { store, apply, deploy } = await beginDeploying();
  await apply({ kind: 'effect-done', intent: deploy, result: { deploymentId: '9', before: 'b' } });
  const verify: Intent = { kind: 'verify', sha: 'm', deploymentId: '9', nth: 1 };
  await apply({ kind: 'effect-done', intent: verify, result: { deployed: false, why: 'not healthy' } });
  expect((await store.agents.get(acme)).hold).toMatchObject({
    refused: 'HOLD',
    why: 'not healthy',
    sha: 'm',
    before: 'b',
  });
});

test.each([
  ['was cut off', undefined, true],
  ['got no answer', 'OUTSIDE_UNREACHABLE', true],
  ['waits for a person', 'HOLD', false],
] as const)(
  'a cancel while a deployment %s puts the instance on hold where it may have been sent',
  async (_, code, held) => {
    const { store, apply, ledger, deploy } = await beginDeploying();
    const key = effectKey(acme, 12, deploy);
    await ledger.begin(key, deploy);
    if (code) await ledger.end(key, { kind: 'later', refusal: refuse(code, 'not now'), until: 1 }, undefined);
    const { item, openIntents } = granted(await apply({ kind: 'cancelled-by', by: 'erin', rev: 4 }));
    expect(item).toMatchObject({ phase: 'cancelled', cancelledRev: 4 });
    expect(openIntents.map(({ kind }) => kind)).toEqual(['comment', 'show', 'tell']);
    expect((await store.agents.get(acme)).hold?.sha).toBe(held ? 'm' : undefined);
  },
);

test('an approval waits while another item of the agent works on a file of its plan, and says for whom', async () => {
  const { store } = await openTestStore();
  const files = [{ path: 'a.js', change: 'edit' as const }];
  const approved: LifecycleEvent = {
    kind: 'approved',
    approval: { rev: 1, by: { id: 'e', name: 'E', mail: 'e' }, at: 1 },
    branch: 'x',
  };
  async function approvedItem(workItemId: number) {
    const key = { agentId: acme, sessionId: `wi-${workItemId}` };
    await store.sessions.ensure(key);
    const { epoch, claimId } = granted(await store.sessions.claim({ ...claimOptions, ...key }));
    const apply = async (event: LifecycleEvent) =>
      granted(await store.items.apply({ ...key, epoch, claimId, event, rules }));
    await apply(found);
    await apply({
      kind: 'plan-submitted',
      plan: { ...plan, files },
      text: 't',
      hash: 'h1',
      baseSha: 'b',
      contentHash: 'c',
    });
    return { apply, ...(await apply(approved)) };
  }
  const first = await approvedItem(12);
  expect(first.item.phase).toBe('executing');
  const second = await approvedItem(13);
  expect(second.item).toMatchObject({ phase: 'plan-ready', refusal: { refused: 'OVERLAP' } });
  expect(second.item.refusal?.why).toContain('work item 12');
  await first.apply({ kind: 'gone', why: 'deleted' });
  expect((await second.apply(approved)).item).toMatchObject({ phase: 'executing' });
});

test('the session of an ended item is kept if it has work, and deleted otherwise', async () => {
  const { store } = await openTestStore();
  const { apply } = await beginPush(store);
  const keepsWork = async () => (await store.sessions.get(acme, wi12))?.keepsWork;
  expect(await keepsWork()).toBe(true);
  const { store: other } = await openTestStore();
  const begun = await begin(other);
  await begun.apply(found);
  await begun.apply(submitted);
  const by = { id: 'erin', name: 'Erin', mail: 'erin@example.com' };
  await begun.apply({ kind: 'approved', approval: { rev: 4, by, at: 1 }, branch: 'feature/acme-12' });
  expect((await other.sessions.get(acme, wi12))?.keepsWork).toBe(false);
  await apply({ kind: 'gave-up', refusal: refuse('STALLED', 'it died') });
  expect(await keepsWork()).toBe(true);
});
