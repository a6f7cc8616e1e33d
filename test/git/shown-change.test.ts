import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { git } from '../../emulators/git-http/git.ts';
import { readChange } from '../../src/git/shown-change.ts';
import { limits } from '../../src/limits.ts';
import { commitFiles, createFixture, type Files, type Fixture } from './fixture.ts';

const targetBranch = 'customer/acme';
let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture({
    'a.js': 'one\ntwo\n',
    'turned.js': 'a\n',
    gone: 'x\n',
  });
});
afterAll(() => fixture.close());

let branches = 0;

/** The change of a commit on a branch of its own. */
async function changeOf(files: Record<string, Files[string] | null>) {
  branches += 1;
  const sha = await commitFiles(fixture.remote, `feature/acme-${branches}`, files, fixture.base);
  await fixture.repository.fetch();
  return { sha, read: (wish = {}) => readChange(join(fixture.root, 'agent'), { sha, targetBranch, ...wish }) };
}

const mergeOf = async (tree: string, ...parents: string[]) => {
  const onto = parents.flatMap((parent) => ['-p', parent]);
  const people = ['-c', 'user.name=p', '-c', 'user.email=p@p.test'];
  return git(fixture.remote, [...people, 'commit-tree', `${tree}^{tree}`, ...onto, '-m', 'merge']);
};

test('each file has its removed and added lines, a binary one none', async () => {
  const { read } = await changeOf({ 'a.js': 'one\n2\n', gone: null, 'new.bin': Buffer.from([0, 1]) });
  expect(await read()).toEqual({
    base: fixture.base,
    more: 0,
    files: [
      {
        ...{ path: 'a.js', status: 'modified', added: 1, removed: 1, binary: false, cut: false },
        lines: '@@ -1,2 +1,2 @@\n one\n-two\n+2',
      },
      expect.objectContaining({ path: 'gone', status: 'deleted', lines: '@@ -1 +0,0 @@\n-x' }),
      expect.objectContaining({ path: 'new.bin', status: 'added', binary: true, lines: '' }),
    ],
  });
});

test('lines and names that read like the start of a file stay in their file', async () => {
  const forged = 'diff --git a/other b/other';
  const { read } = await changeOf({
    'a.js': `one\n${forged}\n\r${forged}\n\u2028${forged}\n`,
    [`b\n${forged}`]: 'b\n',
    'turned.js': { mode: '120000', content: 'a.js' },
    'z.sh': { mode: '100755', content: 'z\n' },
  });
  const lines = (await read())?.files.map(({ path, lines }) => [path, lines]);
  const end = '\\ No newline at end of file';
  expect(lines).toEqual([
    ['a.js', `@@ -1,2 +1,4 @@\n one\n-two\n+${forged}\n+\r${forged}\n+\u2028${forged}`],
    [`b\n${forged}`, '@@ -0,0 +1 @@\n+b'],
    ['turned.js', `@@ -1 +0,0 @@\n-a\nnew file mode 120000\n@@ -0,0 +1 @@\n+a.js\n${end}`],
    ['z.sh', 'new file mode 100755\n@@ -0,0 +1 @@\n+z'],
  ]);
});

test('what others changed on the target branch is no part of it, before the merge and after', async () => {
  const { sha, read } = await changeOf({ 'a.js': 'ours\n' });
  const paths = async (wish = {}) => (await read(wish))?.files.map(({ path }) => path);
  const { remote, base } = fixture;
  const others = await commitFiles(remote, targetBranch, { 'others.js': 'x\n' }, base);
  await fixture.repository.fetch();
  expect(await paths()).toEqual(['a.js']);

  // The branch is brought up to date by a merge, and is then merged itself.
  const caughtUp = await mergeOf(others, sha, others);
  const tree = await commitFiles(remote, 'feature/acme-tree', { 'a.js': 'ours\n' }, others);
  const made = await mergeOf(tree, caughtUp);
  const merged = await mergeOf(tree, others, made);
  await git(remote, ['update-ref', `refs/heads/${targetBranch}`, merged]);
  await fixture.repository.fetch();
  const read2 = (wish = {}) => readChange(join(fixture.root, 'agent'), { sha: made, targetBranch, ...wish });
  const after = await read2({ mergedSha: merged, plannedSha: base });
  expect([after?.base, after?.files.map(({ path }) => path)]).toEqual([others, ['a.js']]);
  // Where the merge is not known, or moved the branch only forward, the plan's base is what is left.
  for (const mergedSha of [undefined, made]) {
    expect((await read2({ mergedSha, plannedSha: base }))?.base).toBe(base);
    expect(await read2({ mergedSha })).toBeUndefined();
  }
});

test('a large file is cut at a line, and the files after the bound are counted', async () => {
  const long = 'x'.repeat(99);
  const lines = Math.ceil(limits.diffShownFileCharsMax / 100) + 10;
  const many = Array.from({ length: limits.diffShownFilesMax }, (_, n) => [`m${n}`, 'm\n'] as const);
  const { read } = await changeOf({ 'a.js': `${long}\n`.repeat(lines), ...Object.fromEntries(many) });
  const change = await read();
  expect([change?.files.length, change?.more]).toEqual([limits.diffShownFilesMax, 1]);
  const [large, ...rest] = change?.files ?? [];
  expect(large).toMatchObject({ path: 'a.js', added: lines, cut: true });
  expect(large?.lines.length).toBeLessThanOrEqual(limits.diffShownFileCharsMax);
  expect(large?.lines.endsWith(`\n+${long}`)).toBe(true);
  expect(rest.filter(({ cut, lines }) => cut || lines !== '@@ -0,0 +1 @@\n+m')).toEqual([]);
});

test('files that the bound of all bytes leaves without lines say so', async () => {
  const half = `${'y'.repeat(99)}\n`.repeat(limits.diffShownBytesMax / 200);
  const { read } = await changeOf({ 'n1.js': half, 'n2.js': half, 'n3.js': 'last\n', 'n0.js': 'first\n' });
  const files = (await read())?.files.map(({ path, cut, lines }) => [path, cut, lines === '']);
  expect(files).toEqual([
    ['n0.js', false, false],
    ['n1.js', true, false],
    ['n2.js', true, false],
    ['n3.js', true, true],
  ]);
});

test('without a repository, or without the commit in it, there is nothing to read', async () => {
  const { sha, read } = await changeOf({ 'a.js': 'x\n' });
  expect((await read())?.files).toHaveLength(1);
  expect(await readChange(join(fixture.root, 'nowhere'), { sha, targetBranch })).toBeUndefined();
  for (const odd of ['f'.repeat(40), '--output=/tmp/x', 'HEAD', targetBranch]) {
    expect(await readChange(join(fixture.root, 'agent'), { sha: odd, targetBranch })).toBeUndefined();
  }
});
