import { existsSync, mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createAgentStore } from '../../src/agents/agent-store.ts';
import { treeFolderOf } from '../../src/checkout/tree-folder.ts';
import { collectSessions } from '../../src/supervisor/collect-sessions.ts';
import { createWorkspace, customerConfig } from '../agents/workspace.ts';
import { acme, openTestStore } from '../store/fixture.ts';
import { itemIn } from '../work-items/fixture.ts';

const dayMs = 86_400_000;

test('a session that nobody needs goes after its retention, with its tree; what is open stays', async () => {
  const { store, folder, clock } = await openTestStore();
  const { root } = createWorkspace({
    'codechange/acme/jvAgent.json': { ...customerConfig('acme'), sessionRetentionDays: 10 },
  });
  const agents = createAgentStore({ root, home: root });
  const collect = () => collectSessions({ store, agents, stateFolder: folder, clock });
  const treeOf = (sessionId: string) => treeFolderOf(folder, acme, sessionId);
  for (const sessionId of ['main', 'wi-1', 'wi-2']) {
    await store.sessions.ensure({ agentId: acme, sessionId });
    mkdirSync(treeOf(sessionId), { recursive: true });
  }
  await store.sessions.close({ agentId: acme, sessionId: 'wi-1' });
  const left = async () => (await store.sessions.list(acme)).map(({ sessionId }) => sessionId);

  clock.time += 9 * dayMs;
  await collect();
  expect(await left()).toEqual(['main', 'wi-1', 'wi-2']);
  clock.time += 2 * dayMs;
  await collect();
  expect(await left()).toEqual(['main', 'wi-2']);
  expect(existsSync(treeOf('wi-1'))).toBe(false);
  expect(existsSync(treeOf('wi-2'))).toBe(true);
});

test('an item that a person cancelled is not forgotten, since it would begin again', async () => {
  const { clock } = await openTestStore();
  const { root } = createWorkspace({ 'codechange/acme/jvAgent.json': customerConfig('acme') });
  const agents = createAgentStore({ root, home: root });
  const removed: string[] = [];
  const closed = { agentId: acme, lastActiveAt: 0, closedAt: 1 };
  const list = async () => [
    { ...closed, sessionId: 'wi-1', workItemId: 1, item: itemIn('cancelled', { cancelledRev: 4 }) },
    { ...closed, sessionId: 'wi-2', workItemId: 2, item: itemIn('cancelled') },
  ];
  const remove = async ({ sessionId }: { sessionId: string }) => removed.push(sessionId) > 0;
  const store = { sessions: { list, remove } } as never;
  await collectSessions({ store, agents, stateFolder: root, clock });
  expect(removed).toEqual(['wi-2']);
});
