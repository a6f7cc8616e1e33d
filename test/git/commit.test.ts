import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { git } from '../../emulators/git-http/git.ts';
import type { Change } from '../../src/git/change.ts';
import { type CommitRequest, commitChanges } from '../../src/git/commit.ts';
import { accepted, author, codeOf, createFixture, type Fixture } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture({ 'a.txt': 'one\n', 'dir/b.txt': 'b\n', 'bin.dat': Buffer.from([0, 1, 2]) });
});
afterAll(() => fixture.close());

const edit: Change = { path: 'a.txt', mode: '100644', bytes: Buffer.from('two\nthree\n') };

const commit = (changes: Change[], more: Partial<CommitRequest> = {}) =>
  commitChanges({
    repository: fixture.repository,
    parents: [fixture.base],
    changes,
    message: 'fix: guard keys (#123)',
    author,
    signOff: false,
    at: 1_700_000_000_000,
    bounds: { filesMax: 10, linesMax: 10 },
    ...more,
  });

describe('a commit', () => {
  it('is the same for the same content at the same time, and moves no ref', async () => {
    const refs = () => git(fixture.repository.gitDir, ['for-each-ref']);
    const before = await refs();
    const [one, two] = [accepted(await commit([edit])), accepted(await commit([edit]))];
    expect(one.sha).toBe(two.sha);
    expect(await refs()).toBe(before);
  });

  it('carries author, time, message and sign-off as given', async () => {
    const sneaky = { name: 'Acme\n<x> Agent', email: 'agent@acme.test>' };
    const { sha } = accepted(await commit([edit], { author: sneaky, signOff: true }));
    expect(await git(fixture.repository.gitDir, ['cat-file', 'commit', sha])).toMatch(
      /author Acmex Agent <agent@acme\.test> 1700000000 \+0000\ncommitter Acmex Agent <agent@acme\.test> 1700000000 \+0000\n\nfix: guard keys \(#123\)\n\nSigned-off-by: Acmex Agent <agent@acme\.test>$/,
    );
  });

  it('reports its diff by file, lines and bytes', async () => {
    const changes: Change[] = [
      edit,
      { path: 'bin.dat', mode: '100644', bytes: Buffer.from([0, 9]) },
      { path: 'dir/b.txt', deleted: true },
      { path: 'new file', mode: '100755', bytes: Buffer.from('x\n') },
    ];
    const { sha, diff } = accepted(await commit(changes));
    expect(diff.files).toEqual([
      { path: 'a.txt', status: 'modified', added: 2, removed: 1, binary: false },
      { path: 'bin.dat', status: 'modified', added: 0, removed: 0, binary: true },
      { path: 'dir/b.txt', status: 'deleted', added: 0, removed: 1, binary: false },
      { path: 'new file', status: 'added', added: 1, removed: 0, binary: false },
    ]);
    expect(diff.bytes).toBe(10 + 2 + 2);
    const { text, cut } = await fixture.repository.diff(fixture.base, sha, { textBytesMax: 60 });
    expect(Buffer.byteLength(text)).toBe(60);
    expect(cut).toBe(true);
    const some = await fixture.repository.diff(fixture.base, sha, {
      textBytesMax: 9_000,
      paths: ['new file', '*.txt'],
    });
    expect(some.files.map(({ path }) => path)).toEqual(['new file']);
    expect(some.text).not.toContain('a.txt');
  });

  it('is the parent itself if nothing differs', async () => {
    const same: Change = { path: 'a.txt', mode: '100644', bytes: Buffer.from('one\n') };
    expect(accepted(await commit([same])).sha).toBe(fixture.base);
  });

  it('is refused when it is larger than people agreed to review', async () => {
    const two: Change[] = [edit, { path: 'c.txt', mode: '100644', bytes: Buffer.from('c\n') }];
    expect(codeOf(await commit(two, { bounds: { filesMax: 1, linesMax: 100 } }))).toBe('DIFF_FILES');
    expect(codeOf(await commit(two, { bounds: { filesMax: 9, linesMax: 3 } }))).toBe('DIFF_LINES');
    const huge: Change = { path: 'huge', mode: '100644', bytes: Buffer.alloc(21 << 20, 'x') };
    expect(codeOf(await commit([huge]))).toBe('DIFF_BYTES');
  });

  it('measures the whole branch if given its base', async () => {
    const first = accepted(await commit([edit]));
    const second: Change = { path: 'c.txt', mode: '100644', bytes: Buffer.from('c\n') };
    const { diff } = accepted(await commit([second], { parents: [first.sha], against: fixture.base }));
    expect(diff.files.map(({ path }) => path)).toEqual(['a.txt', 'c.txt']);
  });

  it('takes unusual names literally', async () => {
    const odd: Change[] = ['*', ':(top)x'.replace(':', ''), '-f', '"q"', 'ü'].map((path) => ({
      path,
      mode: '100644',
      bytes: Buffer.from('x'),
    }));
    const { diff } = accepted(await commit(odd));
    expect(diff.files.map(({ path }) => path).sort()).toEqual(odd.map(({ path }) => path).sort());
  });
});

it('the second commit of a tree holds what changed since the first, reverts too', async () => {
  const tree = await fixture.tree();
  writeFileSync(join(tree.folder, 'a.txt'), 'changed\n');
  const first = accepted(await tree.commit(fixture.base));
  writeFileSync(join(tree.folder, 'a.txt'), 'one\n');
  writeFileSync(join(tree.folder, 'dir/b.txt'), 'bb\n');
  const second = accepted(await tree.commit(first.sha));
  expect(await fixture.repository.changedPaths(fixture.base, second.sha)).toEqual(['dir/b.txt']);
});
