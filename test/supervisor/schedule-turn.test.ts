import { hostname } from 'node:os';
import { expect, test, vi } from 'vitest';
import { createAgentStore } from '../../src/agents/agent-store.ts';
import { type Refusal, refuse } from '../../src/refusal.ts';
import type { RunningTurn } from '../../src/supervisor/running-turn.ts';
import { createSchedule } from '../../src/supervisor/schedule-turn.ts';
import { createWorkspace, customerConfig } from '../agents/workspace.ts';
import { claimOptions, granted, openTestStore } from '../store/fixture.ts';
import { nodeOver } from './node.ts';

/** A node with two customers below one parent, whose turns never end; `started` are its turns in their order, `due` makes sessions due one after the other. */
async function nodeWith(
  limits: { parent?: Record<string, number>; child?: Record<string, number> } = {},
  enginesMax = 100,
) {
  const child = (name: string) => customerConfig(name, { limits: limits.child ?? {} });
  const { root } = createWorkspace({
    'codechange/jvAgent.json': { id: 'codechange', limits: limits.parent ?? {} },
    'codechange/acme/jvAgent.json': child('acme'),
    'codechange/globex/jvAgent.json': child('globex'),
  });
  const { store, clock, folder, url } = await openTestStore();
  const running = new Map<string, RunningTurn>();
  const full = new Map<string, Refusal>();
  let turns = 0;
  const { node, said } = nodeOver({ store, clock }, { running, agents: createAgentStore({ root, home: root }) });
  const schedule = createSchedule(node, {
    pool: { get: () => new Promise(() => {}), room: async (agentId) => full.get(agentId) },
    owner: 'node-1',
    enginesMax,
    newId: () => `t${++turns}`,
    isElsewhere: () => false,
  });
  const due = async (customer: string, ...sessions: string[]) => {
    for (const sessionId of sessions) {
      clock.time += 1;
      const session = { agentId: `codechange/${customer}`, sessionId };
      await store.sessions.ensure(session);
      await store.sessions.wake(session);
    }
  };
  const started = () => [...running.values()].map(({ agentId, sessionId }) => `${agentId.split('/')[1]} ${sessionId}`);
  return { store, schedule, due, started, clock, said, full, running, folder, url };
}

test('of more than may run, the board is looked at first, then the urgent work items, then the oldest', async () => {
  const { store, schedule, due, started } = await nodeWith({ child: { turnsAtOnceMax: 3 } });
  await due('acme', 'wi-9', 'wi-8', 'wi-7', 'wi-6', 'main');
  await store.sessions.rank('codechange/acme', [
    { workItemId: 9, rank: 2 },
    { workItemId: 6, rank: 8 },
  ]);
  await schedule.startDue();
  expect(started()).toEqual(['acme main', 'acme wi-9', 'acme wi-7', 'acme wi-8']);
});

test('however many sessions of an agent cannot start, those of another that were due later do', async () => {
  const { schedule, due, started, clock } = await nodeWith({ child: { turnsAtOnceMax: 1 } });
  await due('acme', ...Array.from({ length: 230 }, (_, at) => `wi-${at + 1}`));
  clock.time += 1_000;
  await due('globex', 'wi-7');
  await schedule.startDue();
  expect(started()).toEqual(['acme wi-1', 'globex wi-7']);
});

test('however many agents cannot start at all, what others have to do is done', async () => {
  const { schedule, due, started, full } = await nodeWith();
  full.set('codechange/acme', refuse('WORKERS', 'all are in use'));
  await due('acme', 'main');
  for (let nth = 0; nth < 230; nth += 1) await due(`gone-${nth}`, 'main');
  await due('globex', 'wi-7', 'main');
  await schedule.startDue();
  expect(started()).toEqual(['globex main', 'globex wi-7']);
});

test('a node that stops in the middle of a step starts nothing more', async () => {
  const { store, schedule, due, started } = await nodeWith();
  await due('acme', 'wi-1', 'wi-2');
  const { claim } = store.sessions;
  vi.spyOn(store.sessions, 'claim').mockImplementation((options) => {
    schedule.startNoMore();
    return claim(options);
  });
  await schedule.startDue();
  expect(started()).toEqual(['acme wi-1']);
});

test('a work item that waited for half an hour goes before more urgent ones', async () => {
  const { store, schedule, due, started, clock } = await nodeWith({ child: { turnsAtOnceMax: 1 } });
  await due('acme', 'wi-9');
  clock.time += 1_800_000;
  await due('acme', 'wi-7', 'wi-8');
  await store.sessions.rank('codechange/acme', [{ workItemId: 7, rank: 1 }]);
  await schedule.startDue();
  expect(started()).toEqual(['acme wi-9']);
});

test("a parent's bound holds for its children together, and looking at a board takes nobody's place", async () => {
  const { schedule, due, started } = await nodeWith({ parent: { turnsAtOnceMax: 2 } });
  await due('acme', 'wi-1', 'wi-2', 'main');
  await due('globex', 'wi-3', 'main');
  await schedule.startDue();
  expect(started()).toEqual(['acme main', 'globex main', 'acme wi-1', 'acme wi-2']);
});

test('without such a bound each child has its own', async () => {
  const { schedule, due, started } = await nodeWith({ child: { turnsAtOnceMax: 1 } });
  await due('acme', 'wi-1', 'wi-2');
  await due('globex', 'wi-3');
  await schedule.startDue();
  expect(started()).toEqual(['acme wi-1', 'globex wi-3']);
});

test('a session that no worker is free for says so, loses nothing, and starts as soon as one is', async () => {
  const { store, schedule, due, started, full } = await nodeWith();
  const why = refuse('WORKERS', 'codechange/acme waits for a worker');
  full.set('codechange/acme', why);
  await due('acme', 'wi-1');
  await due('globex', 'wi-3');
  await schedule.startDue();
  expect(started()).toEqual(['globex wi-3']);
  expect(await store.sessions.get('codechange/acme', 'wi-1')).toMatchObject({ waits: why, deaths: 0, epoch: 0 });
  full.clear();
  await schedule.startDue();
  expect(started()).toEqual(['globex wi-3', 'acme wi-1']);
});

test('a look that waits for a worker is told so now and then, and starts as soon as there is one', async () => {
  const { store, schedule, due, started, clock, full } = await nodeWith();
  const told = vi.spyOn(store.sessions, 'wait');
  full.set('codechange/acme', refuse('WORKERS', 'all are in use'));
  await due('acme', 'main');
  for (let step = 0; step < 5; step += 1) {
    clock.time += 250;
    await schedule.startDue();
  }
  expect(told).toHaveBeenCalledTimes(1);
  clock.time += 5_000;
  await schedule.startDue();
  expect(told).toHaveBeenCalledTimes(2);
  full.clear();
  await schedule.startDue();
  expect(started()).toEqual(['acme main']);
});

test('a node starts no more turns than its memory has room for, says so, and looks at boards all the same', async () => {
  const { store, schedule, due, started, running } = await nodeWith({}, 2);
  await due('acme', 'wi-1', 'wi-2');
  await due('globex', 'wi-3', 'main');
  await schedule.startDue();
  expect(started()).toEqual(['globex main', 'acme wi-1', 'acme wi-2']);
  const { waits } = (await store.sessions.get('codechange/globex', 'wi-3')) ?? {};
  expect(waits).toMatchObject({ refused: 'WORKERS', fix: expect.stringContaining('JVAGENT_ENGINES_MAX') });
  for (const [turnId, { sessionId }] of running) if (sessionId === 'wi-1') running.delete(turnId);
  await schedule.startDue();
  expect(started()).toEqual(['globex main', 'acme wi-2', 'globex wi-3']);
});

test('the log of a session says which node its last turn was lost with, and which goes on', async () => {
  const { store, schedule, due, clock, said } = await nodeWith();
  const session = { agentId: 'codechange/acme', sessionId: 'wi-1' };
  await store.nodes.beat({ owner: 'killed', name: 'node-1', version: '1', takesWork: true, files: {} });
  await due('acme', 'wi-1', 'wi-2');
  await store.sessions.claim({ ...claimOptions, ...session, owner: 'killed', leaseMs: 90_000 });
  clock.time += 90_000;
  await schedule.startDue();
  await vi.waitFor(() => expect(said).toEqual([`broke: node-1 was lost; ${hostname()} goes on`]));
});

test('a work item whose work only another node has is left to it for a minute', async () => {
  const { schedule, due, started, clock, folder, url } = await nodeWith();
  const { store: other } = await openTestStore({ folder, place: 'node-b', ...(url ? { url } : {}) });
  const session = { agentId: 'codechange/acme', sessionId: 'wi-1' };
  await due('acme', 'wi-1', 'wi-2');
  const { epoch, claimId } = granted(await other.sessions.claim({ ...claimOptions, ...session }));
  const turn = { ...session, epoch, claimId };
  await other.work.keep(turn, { commits: ['1'.repeat(40)], bytes: 60 << 20, parts: 0 });
  await other.sessions.release({ ...turn, end: 'rested', wakeAt: clock.time });
  await schedule.startDue();
  expect(started()).toEqual(['acme wi-2']);
  clock.time += 60_000;
  await schedule.startDue();
  expect(started()).toEqual(['acme wi-2', 'acme wi-1']);
});
