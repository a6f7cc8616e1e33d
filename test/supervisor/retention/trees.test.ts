import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { treeFolderOf, treesOf } from '../../../src/checkout/tree-folder.ts';
import { removeAside, setTreeAside } from '../../../src/supervisor/retention/trees.ts';
import { acme, session, testFolder } from '../../store/fixture.ts';

const { signal } = new AbortController();

function treeIn(stateFolder: string): string {
  const tree = treeFolderOf(stateFolder, session.agentId, session.sessionId);
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

test('an agent or a session without a tree is no fault', async () => {
  const folder = testFolder();
  setTreeAside(folder, session);
  expect(await removeAside(folder, acme, signal)).toEqual([]);
});
