/** What a turn is told: of the agent's work items a line about each, read without holding them all; of other agents what its gates need. */
import { expect, test } from 'vitest';
import { mainSession, type SessionId } from '../../src/broker/session-id.ts';
import { refuse } from '../../src/refusal.ts';
import { orderOf } from '../../src/supervisor/turn-order.ts';
import { acme, claimOptions, granted, openTestStore, session, testFolder } from '../store/fixture.ts';
import { conversationAgent } from '../turns/turn.ts';
import { runningTurn } from './node.ts';

const main = { agentId: acme, sessionId: 'main' as SessionId };

test('each work item has its line, however many parts they are read in, and nothing else has one', async () => {
  const { store, clock } = await openTestStore();
  const ids = Array.from({ length: 201 }, (_, at) => at + 1);
  await store.sessions.rank(
    acme,
    ids.map((workItemId) => ({ workItemId, rank: 1 })),
  );
  for (const id of ids) await store.sessions.wait({ agentId: acme, sessionId: `wi-${id}` }, refuse('PAUSED', 'paused'));
  for (const sessionId of ['main', 'slack-1']) await store.sessions.ensure({ agentId: acme, sessionId });
  await store.sessions.ensure({ agentId: 'codechange/globex', sessionId: 'wi-900' });
  const claim = granted(await store.sessions.claim({ ...main, owner: 'n', leaseMs: 30_000, batchMax: 1 }));
  const agent = conversationAgent({ folder: testFolder() });
  const { epoch, claimId, batch } = claim;
  const most: number[] = [];
  const { items } = store.sessionLists;
  const sessionLists: typeof store.sessionLists = {
    ...store.sessionLists,
    async items(...args) {
      const part = await items(...args);
      most.push(part.length);
      return part;
    },
  };
  const turn = runningTurn({ ...main, epoch, claimId, batch, agent });
  const { known } = await orderOf({ ...store, sessionLists }, turn, claim, clock.time);
  expect(known.map(({ workItemId }) => workItemId).sort((one, other) => one - other)).toEqual(ids);
  expect(Math.max(...most)).toBeLessThanOrEqual(100);
});

test('a turn for a work item is told whose tokens the agents have, and one that looks at the board reads of no other agent', async () => {
  const { store, clock } = await openTestStore();
  await store.agents.set(acme, { identities: ['acme-bot'] });
  await store.agents.set('codechange/globex', { identities: ['globex-bot'] });
  let reads = 0;
  const counted = {
    ...store,
    agents: {
      ...store.agents,
      allIdentities() {
        reads += 1;
        return store.agents.allIdentities();
      },
    },
  };
  async function identitiesIn(sessionId: SessionId) {
    const key = { ...session, sessionId };
    await store.sessions.ensure(key);
    await store.sessions.wake(key, clock.now());
    const claim = granted(await store.sessions.claim({ ...claimOptions, ...key }));
    const order = await orderOf(counted, runningTurn({ ...claim, ...key }), claim, clock.now());
    return order.agentIdentities;
  }
  expect(await identitiesIn(mainSession)).toEqual([]);
  expect(reads).toBe(0);
  expect((await identitiesIn(session.sessionId)).sort()).toEqual(['acme-bot', 'globex-bot']);
});
