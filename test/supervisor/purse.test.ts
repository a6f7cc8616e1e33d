import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AgentId } from '../../src/agents/agent-id.ts';
import type { BranchLimits } from '../../src/agents/config/limits.ts';
import type { SessionId } from '../../src/broker/session-id.ts';
import { agentLimits } from '../../src/limits.ts';
import { turnKeyOf } from '../../src/store/fence.ts';
import { createPurse } from '../../src/supervisor/purse.ts';
import { acme, claimOptions, granted, noUsage, openTestStore } from '../store/fixture.ts';
import { codeChangeAgent } from '../turns/turn.ts';
import { runningTurn } from './node.ts';

const globex = 'codechange/globex' as AgentId;
const limits = { ...agentLimits, turnUsdMax: 10, itemUsdMax: 50, dayUsdMax: 200 };
const noTokens = noUsage.tokens;
const codechangeBound = (dayUsdMax: number) => [{ agentId: 'codechange' as AgentId, limits: { dayUsdMax } }];

/** A purse over a real store, and turns that share it. */
async function openPurse() {
  const { store, clock } = await openTestStore();
  const purse = createPurse({ usage: store.usage, shared: store.shared, clock });
  async function turnOf(
    agentId: AgentId,
    sessionId: string,
    own: Partial<typeof limits> = {},
    branchLimits: BranchLimits[] = [],
  ) {
    const agent = { ...codeChangeAgent(), id: agentId, limits: { ...limits, ...own }, branchLimits };
    const turnId = `${agentId} ${sessionId}`;
    const session = { agentId, sessionId: sessionId as SessionId };
    await store.sessions.ensure(session);
    const { epoch, claimId } = granted(await store.sessions.claim({ ...claimOptions, ...session }));
    return runningTurn({ turnId, ...session, epoch, claimId, agent });
  }
  return { store, clock, purse, turnOf };
}

const spend = (usd: number) => ({ ...noUsage, usd });

test.each([
  ['BUDGET_TURN', 0, 0, 11],
  ['BUDGET_ITEM', 45, 0, 6],
  ['BUDGET_DAY', 0, 195, 6],
] as const)('%s is refused before the call is made', async (code, ofItem, ofOthers, usdMax) => {
  const { store, purse, turnOf } = await openPurse();
  const turn = await turnOf(acme, 'wi-12');
  await store.usage.add(turn, spend(ofItem));
  await store.usage.add({ agentId: acme, sessionId: 'wi-99' }, spend(ofOthers));
  const refusal = await purse.reserve(turn, usdMax);
  expect(refusal).toMatchObject({ refused: code });
  expect(refusal).not.toHaveProperty('until');
});

test('what a call cost is stored when it is over, once, and the turn counts at its end', async () => {
  const { store, purse, turnOf } = await openPurse();
  const turn = await turnOf(acme, 'wi-12');
  expect(await purse.reserve(turn, 6)).toBeUndefined();
  expect(await purse.reserve(turn, 6)).toMatchObject({ refused: 'BUDGET_TURN' });
  await purse.settle(turn, 6, { usd: 1, tokens: { input: 10, cached: 5, output: 2 } });
  const day = { agentId: acme, usd: 1, tokens: { input: 10, cached: 5, output: 2 } };
  expect(await store.usage.list()).toMatchObject([{ ...day, turns: 0 }]);
  expect(await purse.reserve(turn, 9)).toBeUndefined();
  expect(await purse.reserve(turn, 1)).toMatchObject({ refused: 'BUDGET_TURN' });
  await purse.countTurn(turn);
  expect(await store.usage.list()).toMatchObject([{ ...day, turns: 1 }]);
  expect(await store.usage.usdOfSession(turn)).toBe(1);
});

test('turns at once share what is left of the day: asked together, one of them goes through', async () => {
  const { purse, turnOf } = await openPurse();
  const one = await turnOf(acme, 'wi-12', { dayUsdMax: 8 });
  const other = await turnOf(acme, 'wi-13', { dayUsdMax: 8 });
  const answers = await Promise.all([purse.reserve(one, 5), purse.reserve(other, 5)]);
  expect(answers).toMatchObject([undefined, { refused: 'BUDGET_DAY', until: expect.any(Number) }]);
  await purse.settle(one, 5, { usd: 2, tokens: noTokens });
  expect(await purse.reserve(other, 5)).toBeUndefined();
});

test('a conversation is bounded by its turn and its day, however long it has gone on', async () => {
  const { purse, turnOf } = await openPurse();
  const talk = await turnOf('docs' as AgentId, 'main', { itemUsdMax: 1 });
  const item = await turnOf(acme, 'wi-12', { itemUsdMax: 1 });
  expect(await purse.reserve(talk, 5)).toBeUndefined();
  expect(await purse.reserve(talk, 6)).toMatchObject({ refused: 'BUDGET_TURN' });
  expect(await purse.reserve(item, 5)).toMatchObject({ refused: 'BUDGET_ITEM' });
});

test('what a call set aside is given back even when its cost could not be stored', async () => {
  const { store, clock, turnOf } = await openPurse();
  const settle = () => Promise.reject(new Error('disk full'));
  const purse = createPurse({ usage: store.usage, shared: { ...store.shared, settle }, clock });
  const one = await turnOf(acme, 'wi-12', { dayUsdMax: 8 });
  const other = await turnOf(acme, 'wi-13', { dayUsdMax: 8 });
  await purse.reserve(one, 5);
  await expect(purse.settle(one, 5, { usd: 2, tokens: noTokens })).rejects.toThrow('disk full');
  expect(await purse.reserve(other, 5)).toBeUndefined();
});

test("a parent's day bounds its children together, and no sibling of theirs", async () => {
  const { purse, turnOf } = await openPurse();
  const one = await turnOf(acme, 'wi-12', {}, codechangeBound(8));
  const other = await turnOf(globex, 'wi-12', {}, codechangeBound(8));
  const beside = await turnOf('impl/acme' as AgentId, 'main');
  expect(await purse.reserve(one, 5)).toBeUndefined();
  expect(await purse.reserve(other, 5)).toMatchObject({
    refused: 'BUDGET_DAY',
    why: expect.stringContaining('codechange '),
  });
  expect(await purse.reserve(beside, 9)).toBeUndefined();
});

test('a turn that is over reserves no money', async () => {
  const { store, purse, turnOf } = await openPurse();
  const dead = await turnOf(acme, 'wi-12', { dayUsdMax: 8 });
  const other = await turnOf(acme, 'wi-13', { dayUsdMax: 8 });
  await purse.reserve(dead, 5);
  await store.sessions.release({ ...turnKeyOf(dead), end: 'broke' });
  expect(await purse.reserve(other, 5)).toBeUndefined();
});

test('no order of calls of two turns spends more than the day allows', async () => {
  const { store, purse, turnOf } = await openPurse();
  const call = fc.record({
    turn: fc.nat(1),
    usdMax: fc.integer({ min: 0, max: 12 }),
    part: fc.integer({ min: 0, max: 4 }),
  });
  let nth = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(call, { maxLength: 12 }), async (calls) => {
      nth += 1;
      const agentId = `codechange/c${nth}` as AgentId;
      const bounds = { turnUsdMax: 100, dayUsdMax: 30 };
      const turns = [await turnOf(agentId, 'wi-1', bounds), await turnOf(agentId, 'wi-2', bounds)];
      const ends = calls.map(async ({ turn: index, usdMax, part }) => {
        const turn = turns[index];
        if (!turn || (await purse.reserve(turn, usdMax))) return;
        await purse.settle(turn, usdMax, { usd: (usdMax * part) / 4, tokens: noTokens });
      });
      await Promise.all(ends);
      expect(await store.usage.usdToday(agentId)).toBeLessThanOrEqual(30);
    }),
    { numRuns: 25 },
  );
});

test('all that a run of the engine costs counts for the phase in which it began, and the next run for the next one', async () => {
  const { store, purse, turnOf } = await openPurse();
  const turn = await turnOf(acme, 'wi-12');
  for (const [begins, ends] of [
    ['planning', 'plan-ready'],
    ['executing', 'pr-created'],
  ]) {
    turn.phase = begins;
    await purse.reserve(turn, 1);
    await purse.settle(turn, 1, spend(0.5));
    turn.phase = ends;
    await purse.reserve(turn, 1);
    await purse.settle(turn, 1, spend(0.25));
    await purse.countTurn(turn);
  }
  const phases = (await store.usage.listPhases()).map(({ phase, usd, turns }) => ({ phase, usd, turns }));
  expect(phases).toEqual([
    { phase: 'executing', usd: 0.75, turns: 1 },
    { phase: 'planning', usd: 0.75, turns: 1 },
  ]);
});
