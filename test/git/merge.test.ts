import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { git } from '../../emulators/git-http/git.ts';
import { unresolved } from '../../src/git/merge.ts';
import { accepted, commitFiles, createFixture, type Fixture } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture({ 'a.txt': '1\n2\n3\n4\n5\n', 'b.txt': 'b\n' });
});
afterAll(() => fixture.close());

async function ours(text: string) {
  const tree = await fixture.tree();
  writeFileSync(join(tree.folder, 'a.txt'), text);
  return accepted(await tree.commit(fixture.base)).sha;
}

it('merges a base that moved elsewhere, and the commit has both as parents', async () => {
  const mine = await ours('1\n2\n3\n4\nfive\n');
  const moved = await commitFiles(fixture.remote, 'customer/acme', { 'a.txt': 'one\n2\n3\n4\n5\n' }, fixture.base);
  const { targetSha } = await fixture.repository.fetch();
  expect(targetSha).toBe(moved);
  const merged = await fixture.repository.merge(mine, targetSha);
  expect(merged.conflicts).toEqual([]);
  const tree = await fixture.tree(merged.tree);
  const made = accepted(
    await tree.commit(mine, {}, { parents: [mine, targetSha], onto: merged.tree, against: targetSha }),
  );
  expect(made.diff.files.map(({ path }) => path)).toEqual(['a.txt']);
  expect(await git(fixture.repository.gitDir, ['show', `${made.sha}:a.txt`])).toBe('one\n2\n3\n4\nfive');
  expect(await git(fixture.repository.gitDir, ['rev-parse', `${made.sha}^1`, `${made.sha}^2`])).toBe(
    `${mine}\n${targetSha}`,
  );
  expect(await fixture.repository.sharedWithTarget(mine)).toBe(fixture.base);
  expect(await fixture.repository.sharedWithTarget(mine, targetSha)).toBe(targetSha);
  expect(await fixture.repository.sharedWithTarget(made.sha)).toBe(targetSha);
});

it('shows conflicts in the tree and knows which nobody has resolved', async () => {
  const mine = await ours('mine\n2\n3\n4\n5\n');
  const theirs = await commitFiles(fixture.remote, 'customer/acme', { 'a.txt': 'theirs\n2\n3\n4\n5\n' }, fixture.base);
  await fixture.repository.fetch();
  const merged = await fixture.repository.merge(mine, theirs);
  expect(merged.conflicts).toEqual(['a.txt']);
  const tree = await fixture.tree(merged.tree);
  const changes = async () => accepted(await tree.read()).changes;
  expect(unresolved(merged.conflicts, await changes())).toEqual(['a.txt']);
  writeFileSync(join(tree.folder, 'a.txt'), '<<<<<<< x\nmine\n');
  expect(unresolved(merged.conflicts, await changes())).toEqual(['a.txt']);
  writeFileSync(join(tree.folder, 'a.txt'), 'both\n2\n3\n4\n5\n');
  expect(unresolved(merged.conflicts, await changes())).toEqual([]);
});
