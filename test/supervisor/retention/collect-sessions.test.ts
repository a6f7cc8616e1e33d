import { existsSync, mkdirSync, utimesSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createAgentStore } from '../../../src/agents/agent-store.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { mainSession, type SessionId, workItemSession } from '../../../src/broker/session-id.ts';
import { treeFolderOf } from '../../../src/checkout/tree-folder.ts';
import type { Store } from '../../../src/store/database/database.ts';
import type { StoredSession } from '../../../src/store/session-rows.ts';
import { collectSessions } from '../../../src/supervisor/retention/collect-sessions.ts';
import type { WorkItem } from '../../../src/work-items/work-item.ts';
import { createWorkspace, customerConfig } from '../../agents/workspace.ts';
import { only } from '../../only.ts';
import { acme, claimOptions, deliver, granted, messageFor, openTestStore } from '../../store/fixture.ts';
import { itemIn } from '../../work-items/fixture.ts';

const dayMs = 86_400_000;
const node = { signal: new AbortController().signal, running: new Map(), clock: systemClock };

test('a session that nobody needs goes after its retention, with its tree; what is open stays', async () => {
  const { store, folder, clock } = await openTestStore();
  const { root } = createWorkspace({
    'codechange/acme/jvAgent.json': { ...customerConfig('acme'), sessionRetentionDays: 10 },
  });
  const agents = createAgentStore({ root, home: root });
  const collect = () => collectSessions({ store, agents, ...node, stateFolder: folder });
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

test('a conversation that was silent for long stays for a message that no turn has taken yet', async () => {
  const { store, folder, clock } = await openTestStore();
  const { root } = createWorkspace({
    'codechange/acme/jvAgent.json': { ...customerConfig('acme'), sessionRetentionDays: 10 },
  });
  const agents = createAgentStore({ root, home: root });
  const thread = { agentId: acme, sessionId: 'slack-1' as SessionId };
  await store.sessions.ensure(thread);
  mkdirSync(treeFolderOf(folder, acme, thread.sessionId), { recursive: true });
  clock.time += 11 * dayMs;
  await store.messages.add({ ...messageFor('m1'), at: clock.time });
  await store.messages.delivered('m1', [{ messageId: 'm1', ...thread }]);
  await collectSessions({ store, agents, ...node, stateFolder: folder });
  expect(await store.messages.open({ kind: 'agent', ...thread })).toBe(1);
  expect(existsSync(treeFolderOf(folder, acme, thread.sessionId))).toBe(true);
});

test('a tree goes whose session another node has deleted', async () => {
  const { store, folder } = await openTestStore();
  const { root } = createWorkspace({ 'codechange/acme/jvAgent.json': customerConfig('acme') });
  const tree = treeFolderOf(folder, acme, 'wi-1');
  mkdirSync(tree, { recursive: true });
  utimesSync(tree, 1, 1);
  await collectSessions({ store, agents: createAgentStore({ root, home: root }), ...node, stateFolder: folder });
  expect(existsSync(tree)).toBe(false);
});

test('heartbeats of more than a day ago and pauses that are over go; what a turn waits for stays', async () => {
  const { store, clock } = await openTestStore();
  const { root } = createWorkspace({});
  const agents = createAgentStore({ root, home: root });
  const beat = async (id: string) => {
    const beaten = {
      ...messageFor(id, { from: 'platform/heartbeat', command: 'heartbeat', dedupeKey: id }),
      at: clock.time,
    };
    await store.messages.add(beaten);
    await store.messages.delivered(id, [{ messageId: id, agentId: acme, sessionId: mainSession }]);
  };
  const claimed = { ...claimOptions, sessionId: mainSession };
  await beat('of yesterday');
  await deliver(store, 'of a person');
  await store.sessions.release({ ...granted(await store.sessions.claim(claimed)), end: 'rested' });
  await beat('not taken yet');
  await store.pauses.take('over', 1_000);
  await store.pauses.take('lasting', 3 * dayMs);
  clock.time += dayMs + 1;
  await beat('of today');
  await collectSessions({ store, agents, ...node, stateFolder: root });
  const ids = ['of yesterday', 'of a person', 'not taken yet', 'of today'];
  const left = await Promise.all(ids.map(async (id) => (await store.messages.get(id)) !== undefined));
  expect(left).toEqual([false, true, true, true]);
  expect(await store.messages.open({ kind: 'agent', agentId: acme, sessionId: mainSession })).toBe(2);
  clock.time -= dayMs + 1;
  expect(await store.pauses.left(['over', 'lasting'])).toEqual(new Map([['lasting', 3 * dayMs]]));
});

test('an item that a person cancelled is not forgotten, since it would begin again', async () => {
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
    messages: only<Store['messages']>('messages', { dropBeats: async () => {} }),
    pauses: only<Store['pauses']>('pauses', { prune: async () => {} }),
  };
  await collectSessions({ store, agents, ...node, stateFolder: root });
  expect(removed).toEqual(['wi-2']);
});
