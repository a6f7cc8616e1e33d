import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { commitChanges } from '../../../src/git/commit.ts';
import { takeBundle, writeBundle } from '../../../src/git/kept/bundle.ts';
import type { Repository } from '../../../src/git/repository.ts';
import { accepted, author, codeOf, commitFiles, createFixture, type Fixture, write } from '../fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture({ 'a.txt': 'one\n', 'big.bin': randomBytes(1 << 20) });
});
afterAll(() => fixture.close());

/** Another node's repository of the same remote. */
async function otherNode(): Promise<Repository> {
  const repository = await fixture.open({ folder: mkdtempSync(join(fixture.root, 'other-')) });
  await repository.fetch();
  return repository;
}

const folder = () => mkdtempSync(join(fixture.root, 'bundle-'));

async function commitOf(path: string, content: string | Buffer, parent = fixture.base): Promise<string> {
  const tree = await fixture.tree(parent);
  write(tree, path, content);
  return accepted(await tree.commit(parent)).sha;
}

const bundleOf = (commits: readonly string[], branch?: string) =>
  writeBundle({ repository: fixture.repository, workItemId: 12, commits, branch, folder: folder(), bytesMax: 1 << 20 });

const refsIn = async ({ git }: Repository) => (await git(['for-each-ref', 'refs/jvagent/work'])).stdout.toString();

it('brings commits that were never pushed to another node, without what the target branch has', async () => {
  const first = await commitOf('a.txt', 'two\n');
  const second = await commitOf('b.txt', 'new\n', first);
  const aside = await commitOf('c.txt', 'kept\n');
  const bundled = await bundleOf([second, aside]);
  expect(bundled?.bytes).toBeLessThan(4_096);
  const other = await otherNode();
  expect(await other.contains(second)).toBe(false);
  expect(await takeBundle(other, 12, { file: bundled?.file ?? '', commits: [second, aside] })).toBeUndefined();
  expect(await Promise.all([first, second, aside].map((sha) => other.contains(sha)))).toEqual([true, true, true]);
  const read = await other.readFile(second, 'b.txt', 100);
  expect('bytes' in read && read.bytes.toString()).toBe('new\n');
  expect([await refsIn(other), await refsIn(fixture.repository)]).toEqual(['', '']);
});

it('writes nothing for commits that the target branch has', async () => {
  expect(await bundleOf([fixture.base])).toBeUndefined();
});

it('refuses a file that is damaged, and one that builds upon commits that are not here', async () => {
  const sha = await commitOf('a.txt', 'three\n');
  const bundled = await bundleOf([sha]);
  const damaged = join(folder(), 'damaged');
  writeFileSync(damaged, '# v2 git bundle\nnot one');
  const other = await otherNode();
  expect(codeOf(await takeBundle(other, 12, { file: damaged, commits: [sha] }))).toBe('GATE_BASE');
  const empty = await fixture.open({ folder: mkdtempSync(join(fixture.root, 'empty-')) });
  const refused = await takeBundle(empty, 12, { file: bundled?.file ?? '', commits: [sha] });
  expect(refused?.why).toContain('work item 12');
  const missing = 'a'.repeat(40);
  expect(codeOf(await takeBundle(other, 12, { file: bundled?.file ?? '', commits: [sha, missing] }))).toBe('GATE_BASE');
  expect(await other.contains(sha), 'what is whole in it may stay').toBe(true);
});

it('leaves out what people pushed to the branch of the item where it would be too large', async () => {
  const branch = 'feature/acme-12-large';
  const files = { 'large.bin': randomBytes((1 << 20) + 4_096) };
  const theirs = await commitFiles(fixture.remote, branch, files, fixture.base);
  const { repository } = fixture;
  await repository.fetch();
  const next = accepted(
    await commitChanges({
      repository,
      parents: [theirs],
      changes: [{ path: 'a.txt', mode: '100644', bytes: Buffer.from('after the push\n') }],
      message: 'fix: go on (#12)',
      author,
      signOff: false,
      at: 1_700_000_000_000,
      bounds: { filesMax: 10, linesMax: 10 },
    }),
  ).sha;
  expect((await bundleOf([next]))?.bytes).toBeGreaterThan(1 << 20);
  const bundled = await bundleOf([next], branch);
  expect(bundled?.bytes).toBeLessThan(4_096);
  const other = await otherNode();
  expect(await takeBundle(other, 12, { file: bundled?.file ?? '', commits: [next] })).toBeUndefined();
  expect(await other.contains(next)).toBe(true);
});
