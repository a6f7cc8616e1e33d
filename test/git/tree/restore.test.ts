import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { restorePaths } from '../../../src/git/tree/restore.ts';
import { loadIndex } from '../../../src/git/tree/stat-index.ts';
import { accepted, codeOf, createFixture, type Fixture, type TreeFixture } from '../fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture({
    'a.txt': 'one\n',
    'dir/sub/b.sh': { mode: '100755', content: 'b\n' },
    link: { mode: '120000', content: 'a.txt' },
  });
});
afterAll(() => fixture.close());

const restore = (tree: TreeFixture, ...paths: string[]) =>
  restorePaths({ repository: fixture.repository, folder: tree.folder, index: loadIndex(tree.indexFile), paths });

it('puts listed paths back and leaves the others alone', async () => {
  const tree = await fixture.tree();
  writeFileSync(join(tree.folder, 'a.txt'), 'changed\n');
  rmSync(join(tree.folder, 'dir'), { recursive: true });
  rmSync(join(tree.folder, 'link'));
  expect(await restore(tree, 'dir/sub/b.sh', 'link')).toBeUndefined();
  expect(accepted(await tree.read()).changes.map(({ path }) => path)).toEqual(['a.txt']);
  expect(readlinkSync(join(tree.folder, 'link'))).toBe('a.txt');
});

it('does not write through a link that an agent put in the way', async () => {
  const tree = await fixture.tree();
  const outside = join(fixture.root, 'outside');
  mkdirSync(join(outside, 'sub'), { recursive: true });
  rmSync(join(tree.folder, 'dir'), { recursive: true });
  symlinkSync(outside, join(tree.folder, 'dir'));
  rmSync(join(tree.folder, 'a.txt'));
  symlinkSync(join(outside, 'target'), join(tree.folder, 'a.txt'));
  expect(await restore(tree, 'dir/sub/b.sh', 'a.txt')).toBeUndefined();
  expect(existsSync(join(outside, 'sub/b.sh'))).toBe(false);
  expect(existsSync(join(outside, 'target'))).toBe(false);
  expect(lstatSync(join(tree.folder, 'dir')).isDirectory()).toBe(true);
  expect(readFileSync(join(tree.folder, 'a.txt'), 'utf8')).toBe('one\n');
  expect(accepted(await tree.read()).changes).toEqual([]);
});

it('refuses a path that is not a file of the commit, and a folder in its place', async () => {
  const tree = await fixture.tree();
  for (const path of ['../x', 'dir', 'none', '.git/config', '/etc/passwd']) {
    expect(codeOf(await restore(tree, path))).toBe('TOOL_PATH');
  }
  rmSync(join(tree.folder, 'a.txt'));
  mkdirSync(join(tree.folder, 'a.txt'));
  expect(codeOf(await restore(tree, 'a.txt'))).toBe('PATH_SPECIAL');
});
