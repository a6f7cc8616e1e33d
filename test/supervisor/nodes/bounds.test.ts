/** What holds over all nodes together: places, money, and one deployment at a time to an instance. */
import { expect, test } from 'vitest';
import type { AgentId } from '../../../src/agents/agent-id.ts';
import { createAgentStore } from '../../../src/agents/agent-store.ts';
import type { AgentLimits, BranchLimits } from '../../../src/agents/config/limits.ts';
import type { SessionId } from '../../../src/broker/session-id.ts';
import { agentLimits, limits } from '../../../src/limits.ts';
import { createPermitBlocks } from '../../../src/supervisor/permit-blocks.ts';
import { createPurse } from '../../../src/supervisor/purse.ts';
import type { RunningTurn } from '../../../src/supervisor/running-turn.ts';
import { createSchedule } from '../../../src/supervisor/schedule-turn.ts';
import { createWorkspace, customerConfig } from '../../agents/workspace.ts';
import { type TwoStores, twoStoresOfFile } from '../../postgres/two-stores.ts';
import { acme, granted, noUsage } from '../../store/fixture.ts';
import { codeChangeAgent } from '../../turns/turn.ts';
import { codeOf } from '../../work-items/fixture.ts';
import { nodeOver, runningTurn } from '../node.ts';

const globex = 'codechange/globex' as AgentId;
const openTwoStores = twoStoresOfFile();
const leaseMs = limits.leaseSeconds * 1_000;

/** Two nodes with the same two customers, whose turns never end. */
async function twoSchedules(stated: { parent?: Record<string, number>; child?: Record<string, number> }) {
  const child = (name: string) => customerConfig(name, { limits: stated.child ?? {} });
  const { root } = createWorkspace({
    'codechange/jvAgent.json': { id: 'codechange', limits: stated.parent ?? {} },
    'codechange/acme/jvAgent.json': child('acme'),
    'codechange/globex/jvAgent.json': child('globex'),
  });
  const { one, other, clock } = await openTwoStores();
  const nodes = [one, other].map((store, at) => {
    const { node } = nodeOver({ store, clock }, { agents: createAgentStore({ root, home: root }) });
    let turns = 0;
    const pool = { get: () => new Promise<never>(() => {}), room: async () => undefined };
    return {
      node,
      schedule: createSchedule(node, {
        pool,
        owner: `node-${at}`,
        enginesMax: 100,
        newId: () => `${at} ${++turns}`,
        isElsewhere: () => false,
      }),
    };
  });
  const due = async (agentId: AgentId, count: number) => {
    for (let nth = 1; nth <= count; nth += 1) {
      const session = { agentId, sessionId: `wi-${nth}` };
      await one.sessions.ensure(session);
      await one.sessions.wake(session);
    }
  };
  const startDue = () => Promise.all(nodes.map(({ schedule }) => schedule.startDue()));
  const started = () => nodes.map(({ node }) => node.running.size);
  return { one, clock, due, startDue, started };
}

const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);

test('two nodes that look at once start no more turns of an agent than it may have, and neither takes all they find', async () => {
  const { due, startDue, started } = await twoSchedules({ child: { turnsAtOnceMax: 5 } });
  await due(acme, 20);
  for (let times = 0; times < 5; times += 1) await startDue();
  expect(sum(started())).toBe(5);
});

test('of many claims of two nodes at one moment, as many win as there are places', async () => {
  const { one, other } = await openTwoStores();
  const places = [{ agentId: 'codechange' as AgentId, isBranch: true, max: 3 }];
  const claims = await Promise.all(
    Array.from({ length: 16 }, async (_, nth) => {
      const session = { agentId: acme, sessionId: `wi-${nth + 1}` };
      await one.sessions.ensure(session);
      const { sessions } = nth % 2 ? one : other;
      return sessions.claim({ ...session, owner: 'n', leaseMs, batchMax: 1, places });
    }),
  );
  expect(claims.filter((claim) => claim !== undefined)).toHaveLength(3);
});

test("a parent's bound holds for its children on all nodes together", async () => {
  const { due, startDue, started } = await twoSchedules({ parent: { turnsAtOnceMax: 3 } });
  await due(acme, 10);
  await due(globex, 10);
  for (let times = 0; times < 5; times += 1) await startDue();
  expect(sum(started())).toBe(3);
});

test("a dead node's places are free once its leases are over", async () => {
  const { one, clock, due, startDue, started } = await twoSchedules({ child: { turnsAtOnceMax: 2 } });
  await due(acme, 2);
  await startDue();
  expect(sum(started())).toBe(2);
  const session = { agentId: acme, sessionId: 'wi-3' };
  await one.sessions.ensure(session);
  await one.sessions.wake(session);
  await startDue();
  expect(sum(started())).toBe(2);
  clock.time += leaseMs;
  await startDue();
  expect(sum(started())).toBe(4);
});

/** A claimed turn of an agent, as a node has it. */
async function turnAt(
  store: TwoStores['one'],
  agentId: AgentId,
  sessionId: string,
  { own = {}, branchLimits = [] }: { own?: Partial<AgentLimits>; branchLimits?: BranchLimits[] } = {},
): Promise<RunningTurn> {
  const session = { agentId, sessionId: sessionId as SessionId };
  await store.sessions.ensure(session);
  const claim = granted(await store.sessions.claim({ ...session, owner: 'n', leaseMs, batchMax: 1 }));
  const agent = { ...codeChangeAgent(), id: agentId, limits: { ...agentLimits, ...own }, branchLimits };
  return runningTurn({ ...session, turnId: sessionId, epoch: claim.epoch, claimId: claim.claimId, agent });
}

test("turns on two nodes share a day's and a branch's budget, and a dead node's part ends with its lease", async () => {
  const { one, other, clock } = await openTwoStores();
  const [here, there] = [one, other].map(({ usage, shared }) => createPurse({ usage, shared, clock }));
  const branchLimits = [{ agentId: 'codechange' as AgentId, limits: { dayUsdMax: 10 } }];
  for (const [mine, theirs] of [
    [{ own: { dayUsdMax: 10 } }, acme],
    [{ branchLimits }, globex],
  ] as const) {
    const turns = await Promise.all(
      [1, 2, 3, 4].flatMap((nth) => [
        turnAt(one, acme, `wi-1${nth}`, { ...mine }),
        turnAt(other, theirs, `wi-2${nth}`, { ...mine }),
      ]),
    );
    const asked = turns.map((turn, at) => (at % 2 ? there : here)?.reserve(turn, 3));
    const answers = await Promise.all(asked);
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(3);
    const [refused] = answers.flatMap((answer) => answer ?? []);
    expect(refused).toMatchObject({ refused: 'BUDGET_DAY', until: expect.any(Number) });
    clock.time += leaseMs;
    const later = await turnAt(other, acme, 'wi-30', { ...mine });
    expect(await there?.reserve(later, 9)).toBeUndefined();
    await there?.settle(later, 9, { usd: 0, tokens: noUsage.tokens });
    expect(await there?.reserve(later, 9)).toBeUndefined();
    clock.time += leaseMs;
  }
});

test('a turn that another node has now sets no money aside', async () => {
  const { one, other, clock } = await openTwoStores();
  const turn = await turnAt(one, acme, 'wi-1');
  clock.time += leaseMs;
  await turnAt(other, acme, 'wi-1');
  const purse = createPurse({ usage: one.usage, shared: one.shared, clock });
  expect(await purse.reserve(turn, 1)).toMatchObject({ refused: 'GATE_LEASE' });
});

test('an instance gets one deployment at a time, whichever nodes want one', async () => {
  const { one, other, clock } = await openTwoStores();
  const turns = await Promise.all([1, 2, 3, 4].map((nth) => turnAt(nth % 2 ? one : other, acme, `wi-${nth}`)));
  const { digest, steering } = turns[0]?.agent ?? codeChangeAgent();
  await one.agents.set(acme, { trusted: { digest, steering } });
  const blocksOf = (at: number) => createPermitBlocks({ store: at % 2 ? other : one, clock });
  const codes = async () =>
    Promise.all(turns.map(async (turn, at) => codeOf(await blocksOf(at).blocked(turn, 'deploy'))));
  const first = await codes();
  expect(first.filter((code) => code === undefined)).toHaveLength(1);
  expect(first.filter((code) => code === 'OVERLAP')).toHaveLength(3);
  const deploying = turns[first.indexOf(undefined)];
  if (deploying) await one.shared.leaveInstance(deploying);
  expect((await codes()).filter((code) => code === undefined)).toHaveLength(1);
});
