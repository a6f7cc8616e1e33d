import { existsSync, mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createAgentStore } from '../../src/agents/agent-store.ts';
import { workItemSession } from '../../src/broker/session-id.ts';
import { treeFolderOf } from '../../src/checkout/tree-folder.ts';
import type { Store } from '../../src/store/database/database.ts';
import type { StoredSession } from '../../src/store/session-rows.ts';
import { collectSessions } from '../../src/supervisor/collect-sessions.ts';
import type { WorkItem } from '../../src/work-items/work-item.ts';
import { createWorkspace, customerConfig } from '../agents/workspace.ts';
import { only } from '../only.ts';
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
  const closed = (workItemId: number, item: WorkItem) => {
    const ids = { agentId: acme, sessionId: workItemSession(workItemId), workItemId };
    const ended = { lastActiveAt: 0, closedAt: 1, pendingTrigger: undefined, keepsWork: undefined };
    return only<StoredSession>('session', { ...ids, ...ended, item });
  };
  const inactive = async () => [closed(1, itemIn('cancelled', { cancelledRev: 4 })), closed(2, itemIn('cancelled'))];
  const remove = async ({ sessionId }: { sessionId: string }) => removed.push(sessionId) > 0;
  const work = only<Store['work']>('work', { dropOld: async () => {} });
  const store = {
    sessions: only<Store['sessions']>('sessions', { remove }),
    sessionLists: only<Store['sessionLists']>('sessionLists', { inactive }),
    work,
  };
  await collectSessions({ store, agents, stateFolder: root, clock });
  expect(removed).toEqual(['wi-2']);
});
