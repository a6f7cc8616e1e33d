import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { treeFolderOf, treesOf } from '../../../src/checkout/tree-folder.ts';
import type { SessionKey } from '../../../src/store/fence.ts';
import { removeAside, setStraysAside, setTreeAside } from '../../../src/supervisor/retention/trees.ts';
import { asAnybody } from '../../base/as-anybody.ts';
import { acme, openTestStore, session, testFolder } from '../../store/fixture.ts';

const { signal } = new AbortController();

function treeIn(stateFolder: string, { agentId, sessionId }: SessionKey = session): string {
  const tree = treeFolderOf(stateFolder, agentId, sessionId);
  mkdirSync(join(tree, 'files'), { recursive: true });
  writeFileSync(join(tree, 'files', 'file'), 'x');
  return tree;
}

test('a tree that is set aside is out of its place at once, and one that is made there meanwhile stays', async () => {
  const folder = testFolder();
  const tree = treeIn(folder);
  setTreeAside(folder, session);
  expect(existsSync(tree)).toBe(false);
  treeIn(folder);
  expect(await removeAside(folder, acme, signal)).toEqual([]);
  expect(existsSync(join(tree, 'files', 'file'))).toBe(true);
  expect(readdirSync(treesOf(folder, acme))).toHaveLength(1);
});

test('what a node that stopped has left is removed by a later pass', async () => {
  const folder = testFolder();
  treeIn(folder);
  setTreeAside(folder, session);
  await removeAside(folder, acme, AbortSignal.abort());
  expect(readdirSync(treesOf(folder, acme))).toHaveLength(1);
  await removeAside(folder, acme, signal);
  expect(readdirSync(treesOf(folder, acme))).toEqual([]);
});

const product = new URL('../../../src/supervisor/retention/collect-sessions.ts', import.meta.url).href;

test('a tree that cannot be removed is told, and keeps no other from it', async () => {
  const folder = testFolder();
  const [closed, open] = [session, { agentId: 'codechange/other', sessionId: 'wi-2' }];
  for (const key of [closed, open]) {
    treeIn(folder, key);
    setTreeAside(folder, key);
  }
  const { code, stdout, stderr } = await asAnybody(`
    import { chmodSync } from 'node:fs';
    import { collectSessions } from '${product}';
    const store = {
      work: { dropOld: async () => {} },
      messages: { dropBeats: async () => {} },
      pauses: { prune: async () => {} },
    };
    const agents = { list: () => [{ id: '${closed.agentId}' }, { id: '${open.agentId}' }] };
    const node = { running: new Map(), clock: Date, signal: new AbortController().signal };
    chmodSync('${treesOf(folder, closed.agentId)}', 0o500);
    await collectSessions({ store, agents, stateFolder: '${folder}', ...node }).catch(({ message }) => console.log(message));
    chmodSync('${treesOf(folder, closed.agentId)}', 0o700);`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.toString()).toContain('trees of sessions that are gone could not be removed: ');
  expect(readdirSync(treesOf(folder, closed.agentId))).toHaveLength(1);
  expect(readdirSync(treesOf(folder, open.agentId))).toEqual([]);
});

test('where an agent or a session has no tree, nothing is removed and nothing is told', async () => {
  const folder = testFolder();
  setTreeAside(folder, session);
  expect(await removeAside(folder, acme, signal)).toEqual([]);
});

test('an old tree without a session goes; one of a stored session, of a turn here or of late stays', async () => {
  const { store, folder, clock } = await openTestStore();
  const oldAt = clock.time / 1_000 - 31 * 86_400;
  const of = (sessionId: string) => ({ agentId: acme, sessionId });
  await store.sessions.ensure(of('wi-1'));
  for (const [sessionId, at] of Object.entries({
    'wi-1': oldAt,
    'wi-2': oldAt,
    'wi-3': oldAt,
    'wi-4': clock.time / 1_000,
  })) {
    utimesSync(treeIn(folder, of(sessionId)), at, at);
  }
  const other = treeIn(folder, { agentId: 'codechange/other', sessionId: 'wi-2' });
  utimesSync(other, oldAt, oldAt);
  await setStraysAside({ store, stateFolder: folder, running: new Map([['t', of('wi-3')]]), clock }, acme);
  await removeAside(folder, acme, signal);
  const left = ['wi-1', 'wi-2', 'wi-3', 'wi-4'].filter((id) => existsSync(treeFolderOf(folder, acme, id)));
  expect(left).toEqual(['wi-1', 'wi-3', 'wi-4']);
  expect(readdirSync(treesOf(folder, acme))).toHaveLength(3);
  expect(existsSync(other)).toBe(true);
});
