import { chmodSync, lstatSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { git } from '../../../emulators/git-http/git.ts';
import { commitChanges } from '../../../src/git/commit.ts';
import { readTree } from '../../../src/git/tree/read.ts';
import { writeTree } from '../../../src/git/tree/write.ts';
import {
  accepted,
  commitFiles,
  createCountingGit,
  createFixture,
  type Fixture,
  sampleFiles,
  write,
} from '../fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture(sampleFiles);
});
afterAll(() => fixture.close());

describe('writing a tree', () => {
  it('writes bytes, modes and links as the commit has them, and no filter', async () => {
    const { folder } = await fixture.tree();
    expect(readFileSync(join(folder, 'crlf.txt'), 'utf8')).toBe('a\r\nb\n');
    expect(readFileSync(join(folder, 'art.psd'), 'utf8')).toBe(sampleFiles['art.psd']);
    expect(statSync(join(folder, 'script.sh')).mode & 0o777).toBe(0o755);
    expect(statSync(join(folder, 'src/a.txt')).mode & 0o777).toBe(0o644);
    expect(readlinkSync(join(folder, 'link'))).toBe('src/a.txt');
    expect(statSync(join(folder, 'vendor')).isDirectory()).toBe(true);
    expect(readFileSync(join(folder, 'od d/ü"x.txt'), 'utf8')).toBe('odd\n');
  });

  it('leaves out a link that points out of the tree, and keeps it in the commit', async () => {
    const tree = await fixture.tree();
    expect(lstatSync(join(tree.folder, 'src/outside'), { throwIfNoEntry: false })).toBeUndefined();
    write(tree, 'src/a.txt', 'changed\n');
    const { sha, diff } = accepted(await tree.commit(fixture.base));
    expect(diff.files.map(({ path }) => path)).toEqual(['src/a.txt']);
    expect(await git(fixture.repository.gitDir, ['ls-tree', sha, 'src/outside', 'vendor'])).toContain('1'.repeat(40));
  });

  it('never writes into a folder that is there already', async () => {
    const { folder, indexFile } = await fixture.tree();
    const again = writeTree({ repository: fixture.repository, rev: fixture.base, folder, indexFile });
    await expect(again).rejects.toThrow('EEXIST');
  });

  it.runIf(process.getuid?.() === 0)('gives every file to the sandbox user', async () => {
    const folder = join(fixture.root, 'owned');
    accepted(
      await writeTree({
        repository: fixture.repository,
        rev: fixture.base,
        folder,
        indexFile: join(fixture.root, 'owned.json'),
        ownerUid: 20_001,
      }),
    );
    for (const path of ['', 'src', 'src/a.txt', 'link', 'vendor', '.git']) {
      expect(lstatSync(join(folder, path)).uid, path).toBe(20_001);
    }
  });
});

it('git writes a file too large for memory, and commits work around it', async () => {
  // Zeros, which git keeps in a few bytes.
  const large = Buffer.alloc(40 << 20);
  const files = { 'model.bin': large, 'data/run.bin': { mode: '100755', content: large }, 'a.txt': 'a\n' };
  const sha = await commitFiles(fixture.remote, 'customer/large', files);
  await git(fixture.repository.gitDir, ['fetch', '--quiet', fixture.remote, sha]);
  const asked: number[] = [];
  const readBlobs = async (oids: readonly string[]) => {
    const blobs = await fixture.repository.readBlobs(oids);
    asked.push(...blobs.map((bytes) => bytes.length));
    return blobs;
  };
  const [folder, indexFile] = [join(fixture.root, 'large'), join(fixture.root, 'large.json')];
  const repository = { ...fixture.repository, readBlobs };
  const index = accepted(await writeTree({ repository, rev: sha, folder, indexFile }));
  expect(asked).toEqual([2]);
  for (const path of ['model.bin', 'data/run.bin']) expect(readFileSync(join(folder, path)).equals(large)).toBe(true);
  expect(statSync(join(folder, 'data/run.bin')).mode & 0o777).toBe(0o755);
  writeFileSync(join(folder, 'a.txt'), 'changed\n');
  const reading = accepted(await readTree({ repository, folder, index, admit: () => false }));
  expect(reading.changes.map(({ path }) => path)).toEqual(['a.txt']);
  expect(reading.filesRead).toBe(1);
});

describe('a round trip', () => {
  const name = fc.constantFrom('a', 'b', 'C', 'ä', 'x y', "q'", '日', '.hidden', '-dash', '*', '[x]');
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const file = fc.record({
    mode: fc.constantFrom('100644', '100755'),
    content: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  });
  const files = fc.dictionary(path, file, { minKeys: 1, maxKeys: 8 }).map((all) =>
    // No file may stand where another has a folder.
    Object.fromEntries(
      Object.entries(all).filter(([one]) => !Object.keys(all).some((other) => other.startsWith(`${one}/`))),
    ),
  );

  it('commits exactly what the tree holds', async () => {
    let n = 0;
    const branch = () => {
      n += 1;
      return `round-${n}`;
    };
    await fc.assert(
      fc.asyncProperty(files, files, async (before, after) => {
        const base = await commitFiles(fixture.remote, branch(), before);
        const wanted = await commitFiles(fixture.remote, branch(), after);
        await git(fixture.repository.gitDir, ['fetch', '--quiet', fixture.remote, base, wanted]);
        const tree = await fixture.tree(base);
        for (const path of Object.keys(before))
          rmSync(join(tree.folder, path.split('/')[0] ?? ''), { recursive: true, force: true });
        for (const [path, { mode, content }] of Object.entries(after)) {
          write(tree, path, content);
          chmodSync(join(tree.folder, path), mode === '100755' ? 0o755 : 0o644);
        }
        const { sha } = accepted(await tree.commit(base));
        const treeOf = (rev: string) => git(fixture.repository.gitDir, ['rev-parse', `${rev}^{tree}`]);
        expect(await treeOf(sha)).toBe(await treeOf(wanted));
        expect(accepted(await tree.read())).toMatchObject({ changes: [] });
      }),
      { numRuns: 15 },
    );
  });
});

it('of 5,000 files only the changed ones are read and hashed', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 5_000 }, (_, at) => [`dir-${at % 50}/file-${at}.ts`, `export const n = ${at};\n`]),
  );
  const sha = await commitFiles(fixture.remote, 'customer/acme', many);
  const counting = createCountingGit(fixture.root);
  const repository = await fixture.open({ file: counting.file });
  await repository.fetch();
  const folder = join(fixture.root, 'many');
  const indexFile = join(fixture.root, 'many.json');
  counting.reset();
  const index = accepted(await writeTree({ repository, rev: sha, folder, indexFile }));
  expect(index.entries.size).toBe(5_000);
  expect(counting.starts('cat-file')).toBeLessThan(5);
  for (const at of [1, 2, 3]) writeFileSync(join(folder, `dir-${at}/file-${at}.ts`), 'changed\n');
  counting.reset();
  const reading = accepted(await readTree({ repository, folder, index, admit: () => false }));
  expect(reading.filesRead).toBe(3);
  const { diff } = accepted(
    await commitChanges({
      repository,
      parents: [sha],
      changes: reading.changes,
      message: 'fix: x (#123)',
      author: { name: 'a', email: 'a@a.test' },
      signOff: true,
      at: 0,
      bounds: { filesMax: 3, linesMax: 6 },
    }),
  );
  expect(diff.files).toHaveLength(3);
  expect(counting.starts('hash-object')).toBe(3);
  expect(
    counting
      .text()
      .split('\n')
      .filter((line) => line.startsWith('start ')).length,
  ).toBeLessThan(14);
});
