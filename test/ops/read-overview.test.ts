/** What needs a person is counted as if each work item were read, and those that only wait are not. */
import { expect, test } from 'vitest';
import { createAgentStore } from '../../src/agents/agent-store.ts';
import { readOverview } from '../../src/ops/read-overview.ts';
import { refuse } from '../../src/refusal.ts';
import { overviewOf } from '../../src/status/overview.ts';
import { readAgent, readPlatform } from '../../src/status/read-facts.ts';
import { toldItems } from '../../src/views/source.ts';
import type { Phase } from '../../src/work-items/phase.ts';
import { newWorkItem, type WorkItem } from '../../src/work-items/work-item.ts';
import { createWorkspace, customerConfig } from '../agents/workspace.ts';
import { acme, openTestStore } from '../store/fixture.ts';
import { changeRows } from '../store/test-database.ts';

const hourMs = 3_600_000;
const refusal = refuse('OUTSIDE_REFUSED', "the board refused it: it's closed");

/** Five that only wait for people, and one of each kind that something else keeps or moves. */
const items: Readonly<Record<number, Partial<WorkItem> & { phase: Phase }>> = {
  1: { phase: 'plan-ready', title: 'with "refusal": in its text' },
  2: { phase: 'plan-ready' },
  3: { phase: 'needs-info' },
  4: { phase: 'pr-created' },
  5: { phase: 'pr-created' },
  6: { phase: 'failed', refusal },
  7: { phase: 'plan-ready', refusal },
  8: { phase: 'executing' },
  9: { phase: 'needs-info' },
  10: { phase: 'plan-ready' },
  11: { phase: 'pr-created' },
};
const [due, waiting, owing] = [9, 10, 11].map((workItemId) => ({ agentId: acme, sessionId: `wi-${workItemId}` }));

async function parked() {
  const opened = await openTestStore();
  const { store, clock } = opened;
  for (const [id, item] of Object.entries(items)) {
    const sessionId = `wi-${id}`;
    await store.sessions.ensure({ agentId: acme, sessionId });
    const stored = JSON.stringify({ ...newWorkItem(Number(id), '', 'Bug'), since: clock.time, ...item });
    const set = `item = '${stored.replaceAll("'", "''")}', phase = '${item.phase}'`;
    await changeRows(opened, `update sessions set ${set} where session_id = '${sessionId}'`);
  }
  if (!due || !waiting || !owing) throw new Error('three sessions');
  await store.sessions.wake(due);
  await store.sessions.wake({ agentId: acme, sessionId: 'wi-1' }, clock.time + 48 * hourMs);
  await store.sessions.wait(waiting, refuse('OUTSIDE_UNREACHABLE', 'the board does not answer'));
  const key = "'k', 'codechange/acme', 'wi-11', 1, '{}', 'lifecycle', 'begun'";
  const columns = 'key, agent_id, session_id, position, intent, origin, state, refusal';
  const owed = JSON.stringify(refusal).replaceAll("'", "''");
  await changeRows(opened, `insert into effects (${columns}) values (${key}, '${owed}')`);
  const { root } = createWorkspace({ 'codechange/acme/jvAgent.json': customerConfig('acme') });
  return { ...opened, agents: createAgentStore({ root }) };
}

type Parked = Awaited<ReturnType<typeof parked>>;

/** As `status` counts, which reads all. */
async function countAll({ store, agents, clock }: Parked): Promise<number> {
  const platform = await readPlatform(store, { isUp: true, now: clock.time });
  const [state] = agents.list();
  if (!state) throw new Error('one agent');
  const facts = await readAgent(store, state, platform);
  return overviewOf([facts], await toldItems(store, facts)).needs.length;
}

/** With the work items that were read one by one. */
async function countSome({ store, agents, clock }: Parked, calmMs: number) {
  const read: (number | undefined)[] = [];
  const { toldItems: part } = store.sessionLists;
  const sessionLists: typeof store.sessionLists = {
    ...store.sessionLists,
    async toldItems(...args) {
      const sessions = await part(...args);
      read.push(...sessions.map(({ workItemId }) => workItemId));
      return sessions;
    },
  };
  const wanted = { isWanted: () => false, calmMs: () => calmMs };
  const { needsCounts } = await readOverview({ store: { ...store, sessionLists }, agents }, clock.time, wanted);
  return { count: needsCounts.get(acme), read: read.sort((one = 0, other = 0) => one - other) };
}

test('work items that only wait for people are counted, and not read', async () => {
  const all = await parked();
  expect(await countSome(all, hourMs)).toEqual({ count: await countAll(all), read: [6, 7, 8, 9, 10, 11] });
  expect(await countAll(all)).toBeGreaterThan(6);
});

test('while the agent is stopped they wait by themselves', async () => {
  const all = await parked();
  await all.store.agents.pause(acme);
  expect(await countSome(all, hourMs)).toMatchObject({ count: await countAll(all) });
  expect((await countSome(all, hourMs)).count).toBeLessThan(5);
});

test('one that people may have to be reminded of is read', async () => {
  const all = await parked();
  all.clock.time += 2 * hourMs;
  const { count, read } = await countSome(all, hourMs);
  expect(count).toBe(await countAll(all));
  expect(read).toHaveLength(Object.keys(items).length);
});
