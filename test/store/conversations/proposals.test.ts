/** Proposals in the store: each step once, by the right one, and on record. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Proposal, proposalHash, seenValue } from '../../../src/conversations/proposal.ts';
import { limits } from '../../../src/limits.ts';
import { isRefusal, refuse } from '../../../src/refusal.ts';
import type { ProposalDecision } from '../../../src/store/conversations/proposals.ts';
import { acme, claimOptions, deliver, granted, openTestStore, session, type TestStore, wi12 } from '../fixture.ts';

const hourMs = 3_600_000;

function proposalOf(id: string, at: number, value = 45): Proposal {
  const before = seenValue({ status: 200, body: { value: 30 } }, (body) => body);
  const request = { method: 'PUT', path: '/config/timeout', body: { value } } as const;
  const parts = { ...session, request, before, why: 'It is too short.', expiresAt: at + hourMs };
  return { id, at, hash: proposalHash(parts), ...parts };
}

/** A store with one proposal, and the turn that made it. */
async function proposed() {
  const opened = await openTestStore();
  const { store, clock } = opened;
  await deliver(store, 'm1');
  const { epoch, claimId } = granted(await store.sessions.claim(claimOptions));
  const turn = { ...session, epoch, claimId };
  const proposal = granted(await store.proposals.add(turn, proposalOf('p1', clock.now()), 'May I?'));
  return { ...opened, turn, proposal };
}

const word = (hash: string, more: Partial<ProposalDecision> = {}): ProposalDecision => ({
  ...{ id: 'p1', hash, to: 'confirmed', by: 'person/eve', name: 'eve' },
  ...more,
});

const acts = async ({ store }: Pick<TestStore, 'store'>) =>
  (await store.audit.list(acme, 0, 100)).map(({ actor, action, outcome }) => `${actor} ${action} ${outcome}`);

test('a proposal is decided once, by whoever is first, and both words are on record', async () => {
  const { store, turn, proposal } = await proposed();
  const [first, second] = [
    await store.proposals.decide(word(proposal.hash)),
    await store.proposals.decide(word(proposal.hash, { to: 'declined', by: 'slack/default/U2', name: 'rob' })),
  ];
  expect(first).toMatchObject({ state: 'confirmed', decidedBy: 'eve' });
  expect(second).toMatchObject({ refused: 'GATE_STATE', why: expect.stringContaining('confirmed by eve') });
  expect(await store.proposals.confirmedOf(turn)).toMatchObject([{ id: 'p1', state: 'confirmed' }]);
  expect(await acts({ store })).toEqual([`agent/${acme} propose done`, 'person/eve confirm done']);
});

test('a confirmation wakes the session that proposed', async () => {
  const { store, clock, turn, proposal } = await proposed();
  await store.sessions.release({ ...turn, end: 'rested' });
  clock.time += 60_000;
  await store.proposals.decide(word(proposal.hash));
  expect((await store.sessions.get(acme, wi12))?.wakeAt).toBe(clock.time);
});

test('another hash, an expired and an unknown proposal are refused, and change nothing', async () => {
  const { store, clock, proposal } = await proposed();
  expect(await store.proposals.decide(word('0'.repeat(64)))).toMatchObject({ refused: 'GATE_REV' });
  expect(await store.proposals.decide(word(proposal.hash, { id: 'p2' }))).toMatchObject({ refused: 'GATE_STATE' });
  clock.time += hourMs;
  expect(await store.proposals.decide(word(proposal.hash))).toMatchObject({ refused: 'GATE_EXPIRED' });
  expect(await store.proposals.open()).toEqual([]);
  expect((await store.proposals.expire()).map(({ id }) => id)).toEqual(['p1']);
  expect(await store.proposals.get('p1')).toMatchObject({ state: 'expired' });
  expect(await store.proposals.expire()).toEqual([]);
});

test('the same request is one proposal while it is open, and an agent has so many open only', async () => {
  const { store, clock, turn } = await proposed();
  expect(await store.proposals.add(turn, proposalOf('p2', clock.now()), 'May I?')).toMatchObject({ id: 'p1' });
  for (let value = 1; value < limits.proposalsOpenMax; value++) {
    granted(await store.proposals.add(turn, proposalOf(`q${value}`, clock.now(), value), 'May I?'));
  }
  expect(await store.proposals.add(turn, proposalOf('p3', clock.now(), 99), 'May I?')).toMatchObject({
    refused: 'RATE',
  });
  expect(await store.proposals.open('impl/globex')).toEqual([]);
});

test('a turn that is over proposes nothing and sends nothing', async () => {
  const { store, clock, turn, proposal } = await proposed();
  await store.proposals.decide(word(proposal.hash));
  const stale = { ...turn, epoch: turn.epoch, claimId: turn.claimId + 1 };
  await expect(store.proposals.add(stale, proposalOf('p9', clock.now(), 1), 'May I?')).rejects.toThrow('is over');
  await expect(store.proposals.begin(stale, 'p1')).rejects.toThrow('is over');
});

test('whatever is tried in whatever order, a proposal is begun at most once, and only after it was confirmed in time', async () => {
  type Move = 'confirm' | 'decline' | 'wrong' | 'begin' | 'end' | 'expire' | 'late';
  const move = fc.constantFrom<Move>('confirm', 'decline', 'wrong', 'begin', 'end', 'expire', 'late');
  await fc.assert(
    fc.asyncProperty(fc.array(move, { maxLength: 12 }), async (moves) => {
      const { store, clock, turn, proposal } = await proposed();
      const { proposals } = store;
      let [begun, confirmed] = [0, false];
      const tries: Record<Move, () => Promise<unknown>> = {
        confirm: async () => {
          const word1 = await proposals.decide(word(proposal.hash));
          confirmed ||= !isRefusal(word1);
        },
        decline: () => proposals.decide(word(proposal.hash, { to: 'declined' })),
        wrong: () => proposals.decide(word('f'.repeat(64))),
        begin: async () => {
          const isBegun = await proposals.begin(turn, 'p1');
          if (isBegun) expect(confirmed).toBe(true);
          begun += Number(isBegun);
        },
        end: () => proposals.end(turn, 'p1', { kind: 'refused', refusal: refuse('GATE_CONTENT', 'changed') }),
        expire: () => proposals.expire(),
        late: async () => {
          clock.time += hourMs;
        },
      };
      for (const each of moves) await tries[each]();
      expect(begun).toBeLessThanOrEqual(1);
      const { state } = granted(await proposals.get('p1'));
      if (!confirmed) expect(['open', 'declined', 'expired']).toContain(state);
      await store.close();
    }),
    { numRuns: 25 },
  );
});

/** The same in a thread of Slack; what is to be sent there, oldest first. */
async function proposedInThread() {
  const opened = await openTestStore();
  const { store, clock } = opened;
  const place = { app: 'default', channel: 'C1', root: '1.2' };
  await store.threads.bind({ ...place, ...session, team: 'T1', at: clock.now() });
  await deliver(store, 'm1');
  const { epoch, claimId } = granted(await store.sessions.claim(claimOptions));
  const turn = { ...session, epoch, claimId };
  const proposal = granted(await store.proposals.add(turn, proposalOf('p1', clock.now()), 'May I?'));
  const said = async () =>
    (await store.outbox.of(acme)).map(({ what, place: { root } }) => ({ ...what, root }) as Record<string, unknown>);
  return { ...opened, turn, proposal, said };
}

test('people are asked in the thread once, with buttons that are good for just this proposal', async () => {
  const { store, clock, turn, said } = await proposedInThread();
  granted(await store.proposals.add(turn, proposalOf('p2', clock.now()), 'May I?'));
  const [asked, ...more] = await said();
  expect(more).toEqual([]);
  expect(asked).toMatchObject({ kind: 'post', root: '1.2', text: 'May I?' });
  expect(asked?.buttons).toMatchObject([
    { label: 'Confirm', action: 'confirm' },
    { label: 'Decline', action: 'decline' },
  ]);
});

test('once it is decided, wherever, the buttons are gone and the message says by whom; then the thread hears the outcome', async () => {
  const { store, turn, proposal, said } = await proposedInThread();
  await store.proposals.decide(word(proposal.hash, { name: 'erin@acme.example.com' }));
  const [, settled] = await said();
  expect(settled).toMatchObject({
    kind: 'edit',
    text: expect.stringMatching(/^May I\?\n\n\*\*Confirmed\*\* by `erin@acme/),
  });
  expect(settled).not.toHaveProperty('buttons');
  await store.proposals.begin(turn, 'p1');
  await store.proposals.end(turn, 'p1', { kind: 'done', isVerified: true, after: { value: 45 } });
  expect((await said()).at(-1)).toMatchObject({ kind: 'post', root: '1.2', text: expect.stringContaining('was sent') });
});

test('a proposal that nobody decided in time says so', async () => {
  const { store, clock, said } = await proposedInThread();
  clock.time += hourMs;
  await store.proposals.expire();
  expect((await said()).at(-1)).toMatchObject({
    kind: 'edit',
    text: expect.stringContaining('Nobody decided in time'),
  });
});
