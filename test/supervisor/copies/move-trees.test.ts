import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { formerTreeFolderOf, treeFolderOf } from '../../../src/checkout/tree-folder.ts';
import { moveTrees } from '../../../src/supervisor/copies/move-trees.ts';
import { openTestStore } from '../../store/fixture.ts';

test('uncommitted work in a tree of version 0.1.0 is in the new tree', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trees-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { store } = await openTestStore();
  const session = { agentId: 'codechange/acme', sessionId: 'wi-1' };
  await store.sessions.ensure(session);
  const former = formerTreeFolderOf(folder, session.agentId, session.sessionId);
  mkdirSync(join(former, 'files'), { recursive: true });
  writeFileSync(join(former, 'files', 'file'), 'half done');
  for (const _ of [1, 2]) await moveTrees(store, folder);
  const now = treeFolderOf(folder, session.agentId, session.sessionId);
  expect(readFileSync(join(now, 'files', 'file'), 'utf8')).toBe('half done');
  expect(existsSync(former)).toBe(false);
});
