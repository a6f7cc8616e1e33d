/** A path is a name: what git or a shell would take for a pattern stands for itself, in every step from tree to commit. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepWork, measuredAgainst } from '../../src/git/kept/kept-work.ts';
import { readTree } from '../../src/git/tree/read.ts';
import { restorePaths } from '../../src/git/tree/restore.ts';
import { loadIndex } from '../../src/git/tree/stat-index.ts';
import { writeTree } from '../../src/git/tree/write.ts';
import { accepted, author, createFixture, type Fixture, type TreeFixture, write } from './fixture.ts';

/** Each name, and a file beside it that the name would match if it were a pattern. */
const names: [name: string, decoy: string][] = [
  ['app/users/[id]/page.js', 'app/users/i/page.js'],
  ['app/[[...slug]]/page.js', 'app/s/page.js'],
  ['lib/{a,b}.js', 'lib/a.js'],
  ['star/*', 'star/every'],
  ['star/**/deep.js', 'star/x/deep.js'],
  ['one/?.js', 'one/1.js'],
  ['(shop)/@cart/+page.svelte', 'shop/cart/page.svelte'],
  ['!not/a b.js', 'not/a b.js'],
  ['-n', 'n'],
  ['a`b/$(touch hooked).js', 'a/hooked.js'],
  ['é/日本語/👩‍💻.md', 'e/plain.md'],
];

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture({
    ...Object.fromEntries(names.flat().map((path) => [path, `content of ${path}\n`])),
    'ignored/[id]/.gitignore': '*.tmp\n',
  });
});
afterAll(() => fixture.close());

const changed = 'changed\n';

/** Every file of both columns changes. */
function changeAll(tree: TreeFixture): void {
  for (const path of names.flat()) write(tree, path, changed);
}

it.each(names)('%j is one file of the commit', async (name, decoy) => {
  const { repository, base } = fixture;
  expect(await repository.exists(base, name)).toBe(true);
  const read = await repository.readFile(base, name, 100);
  expect('bytes' in read && read.bytes.toString()).toBe(`content of ${name}\n`);
  const tree = await fixture.tree();
  write(tree, name, changed);
  const { sha, diff } = accepted(await tree.commit(base));
  expect(diff.files.map(({ path }) => path)).toEqual([name]);
  expect(await repository.changedPaths(base, sha)).toEqual([name]);
  const untouched = await repository.readFile(sha, decoy, 100);
  expect('bytes' in untouched && untouched.bytes.toString()).toBe(`content of ${decoy}\n`);
});

it.each(names)('%j alone is admitted where it is the name that was planned or added', async (name) => {
  const tree = await fixture.tree();
  const fresh = (path: string) => join(dirname(path), `new ${path.slice(path.lastIndexOf('/') + 1)}`);
  for (const path of names.flat()) write(tree, fresh(path), changed);
  const { changes } = accepted(await tree.read({ admit: (path) => path === fresh(name) }));
  expect(changes.map(({ path }) => path)).toEqual([fresh(name)]);
});

it.each(names)('%j alone is set back', async (name) => {
  const tree = await fixture.tree();
  changeAll(tree);
  const index = loadIndex(tree.indexFile);
  const { repository } = fixture;
  expect(await restorePaths({ repository, folder: tree.folder, index, paths: [name] })).toBeUndefined();
  const { changes } = accepted(await tree.read());
  expect(changes.map(({ path }) => path).sort()).toEqual(
    names
      .flat()
      .filter((path) => path !== name)
      .sort(),
  );
});

describe('all of them', () => {
  it('are kept aside and come back', async () => {
    const { repository, root, base } = fixture;
    const tree = await fixture.tree();
    changeAll(tree);
    const work = { repository, workItemId: 7, folder: tree.folder, index: loadIndex(tree.indexFile), author, at: 0 };
    const kept = accepted(await keepWork({ ...work, at: Date.UTC(2026, 10, 20) })) ?? '';
    const home = mkdtempSync(join(root, 'back-'));
    const [folder, indexFile] = [join(home, 'tree'), join(home, 'index.json')];
    const index = await measuredAgainst(
      repository,
      accepted(await writeTree({ repository, rev: kept, folder, indexFile })),
      base,
    );
    const { changes } = accepted(await readTree({ repository, folder, index, admit: () => false }));
    expect(changes.map(({ path }) => path).sort()).toEqual(names.flat().sort());
  });

  it('are removed as one, and their place can be a folder', async () => {
    const tree = await fixture.tree();
    rmSync(join(tree.folder, 'star/*'));
    mkdirSync(join(tree.folder, 'star/*'));
    writeFileSync(join(tree.folder, 'star/*/x'), changed);
    const { diff } = accepted(await tree.commit(fixture.base));
    expect(diff.files.map(({ path, status }) => [path, status])).toEqual([
      ['star/*', 'deleted'],
      ['star/*/x', 'added'],
    ]);
    expect(readFileSync(join(tree.folder, 'star/every'), 'utf8')).toBe('content of star/every\n');
  });

  it('have ignore rules of their own folder', async () => {
    const tree = await fixture.tree();
    write(tree, 'ignored/[id]/a.tmp', changed);
    write(tree, 'ignored/i/a.tmp', changed);
    expect(accepted(await tree.read()).changes.map(({ path }) => path)).toEqual(['ignored/i/a.tmp']);
  });
});
