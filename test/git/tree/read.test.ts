import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { git } from '../../../emulators/git-http/git.ts';
import { limits } from '../../../src/limits.ts';
import { accepted, codeOf, createFixture, type Fixture, sampleFiles, type TreeFixture, write } from '../fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture(sampleFiles);
});
afterAll(() => fixture.close());

describe('reading a tree back', () => {
  it('finds nothing where nothing changed, and reads no file', async () => {
    const reading = accepted(await (await fixture.tree()).read());
    expect(reading).toMatchObject({ changes: [], unadmitted: [], filesRead: 0 });
  });

  it('finds edits, modes, links, removals and a folder in place of a file', async () => {
    const tree = await fixture.tree();
    write(tree, 'src/a.txt', 'one\nthree\n');
    chmodSync(join(tree.folder, 'script.sh'), 0o644);
    rmSync(join(tree.folder, 'crlf.txt'));
    rmSync(join(tree.folder, 'link'));
    write(tree, 'link/inner.txt', 'x');
    symlinkSync('../script.sh', join(tree.folder, 'src/new-link'));
    const { changes } = accepted(await tree.read());
    expect(changes.map((it) => [it.path, it.deleted ? 'deleted' : it.mode])).toEqual([
      ['crlf.txt', 'deleted'],
      ['link', 'deleted'],
      ['link/inner.txt', '100644'],
      ['script.sh', '100644'],
      ['src/a.txt', '100644'],
      ['src/new-link', '120000'],
    ]);
    const { sha } = accepted(await tree.commit(fixture.base));
    expect(await git(fixture.repository.gitDir, ['ls-tree', '-r', '--name-only', sha, 'link', 'crlf.txt'])).toBe(
      'link/inner.txt',
    );
  });

  it('sees an edit that keeps size and times', async () => {
    const tree = await fixture.tree();
    const file = join(tree.folder, 'src/a.txt');
    const { atime, mtime } = statSync(file);
    writeFileSync(file, 'one\ntvo\n');
    utimesSync(file, atime, mtime);
    expect(accepted(await tree.read()).changes.map(({ path }) => path)).toEqual(['src/a.txt']);
  });

  it('tells a touched file from a changed one', async () => {
    const tree = await fixture.tree();
    utimesSync(join(tree.folder, 'src/a.txt'), 1, 1);
    expect(accepted(await tree.read())).toMatchObject({ changes: [], filesRead: 1 });
  });

  it('accepts new files only if they are admitted, and reads no other', async () => {
    const tree = await fixture.tree();
    write(tree, 'planned.ts', 'x');
    write(tree, 'scratch.ts', 'y');
    const reading = accepted(await tree.read({ admit: (path) => path === 'planned.ts' }));
    expect(reading).toMatchObject({ unadmitted: ['scratch.ts'], filesRead: 1 });
    expect(reading.changes.map(({ path }) => path)).toEqual(['planned.ts']);
  });

  it('follows the ignore rules of the base, whatever the agent writes', async () => {
    const tree = await fixture.tree();
    write(tree, '.gitignore', 'src/\n');
    write(tree, 'src/new.ts', 'x');
    write(tree, 'out/deep/.git/config', 'never looked at');
    write(tree, 'a.tmp', 'x');
    write(tree, 'kept/in.txt', 'edited');
    write(tree, 'kept/other.txt', 'x');
    const { changes } = accepted(await tree.read());
    expect(changes.map(({ path }) => path)).toEqual(['.gitignore', 'kept/in.txt', 'src/new.ts']);
  });

  it('PE-01: refuses a link out of the tree and reads no byte of what it points to', async () => {
    const tree = await fixture.tree();
    const secret = join(fixture.root, 'globex.env');
    writeFileSync(secret, 'X=1');
    utimesSync(secret, 1, 1);
    for (const target of [secret, '../../globex.env', 'src/../../../globex.env']) {
      symlinkSync(target, join(tree.folder, 'grab'));
      expect(codeOf(await tree.read())).toBe('PATH_LINK');
      expect(codeOf(await tree.read({ admit: () => false }))).toBe('PATH_LINK');
      rmSync(join(tree.folder, 'grab'));
    }
    expect(statSync(secret).atimeMs).toBe(1_000);
  });

  it('PE-01: goes through no folder that became a link', async () => {
    const tree = await fixture.tree();
    const outside = join(fixture.root, 'outside');
    mkdirSync(join(outside, 'er'), { recursive: true });
    writeFileSync(join(outside, 'er/b.js'), 'stolen');
    renameSync(join(tree.folder, 'src/deep'), join(tree.folder, 'src/was'));
    symlinkSync(outside, join(tree.folder, 'src/deep'));
    expect(codeOf(await tree.read())).toBe('PATH_LINK');
  });

  it.each(['.GIT', 'git~1', '.g\u200cit', '.git ', 'src/.git', 'src/.GiT'])(
    'PE-05: refuses the folder %j',
    async (name) => {
      const tree = await fixture.tree();
      write(tree, `${name}/config`, '[core]\n');
      expect(codeOf(await tree.read({ admit: () => false }))).toBe('PATH_META');
    },
  );

  it.each(['CLAUDE.md', '.github/workflows/x.yml', 'src/.npmrc', '.gitmodules'])(
    'refuses %s unless it is allowed',
    async (path) => {
      const tree = await fixture.tree();
      write(tree, path, 'x');
      expect(codeOf(await tree.read())).toBe('PATH_META');
      expect(accepted(await tree.read({ allowMeta: [path] })).changes.map((it) => it.path)).toEqual([path]);
    },
  );

  it('refuses to change or remove a meta path', async () => {
    const tree = await fixture.tree();
    rmSync(join(tree.folder, '.gitattributes'));
    expect(codeOf(await tree.read())).toBe('PATH_META');
  });

  it.each(['a\nb', 'a:b', 'a\\b', 'a\u001b[2Jb'])('refuses the file name %j', async (name) => {
    const tree = await fixture.tree();
    write(tree, name, 'x');
    expect(codeOf(await tree.read())).toBe('PATH_CHARS');
  });

  it('refuses a name that is not UTF-8', async () => {
    const tree = await fixture.tree();
    writeFileSync(Buffer.concat([Buffer.from(`${tree.folder}/`), Buffer.from([0x66, 0xff])]), 'x');
    expect(codeOf(await tree.read())).toBe('PATH_CHARS');
  });

  it('refuses pipes without waiting on them, sockets and hard links', async () => {
    const tree = await fixture.tree();
    execFileSync('/usr/bin/mkfifo', [join(tree.folder, 'pipe')]);
    expect(codeOf(await tree.read())).toBe('PATH_SPECIAL');
    rmSync(join(tree.folder, 'pipe'));
    rmSync(join(tree.folder, 'src/a.txt'));
    execFileSync('/usr/bin/mkfifo', [join(tree.folder, 'src/a.txt')]);
    expect(codeOf(await tree.read())).toBe('PATH_SPECIAL');
    rmSync(join(tree.folder, 'src/a.txt'));
    const secret = join(fixture.root, 'linked.env');
    writeFileSync(secret, 'X=1');
    linkSync(secret, join(tree.folder, 'src/a.txt'));
    expect(codeOf(await tree.read())).toBe('PATH_SPECIAL');
  });

  it('PATH_LFS: refuses to change what the base keeps in LFS, macros and new files too', async () => {
    for (const path of ['art.psd', 'src/new.psd']) {
      const tree = await fixture.tree();
      write(tree, path, 'pixels');
      expect(codeOf(await tree.commit(fixture.base))).toBe('PATH_LFS');
    }
  });

  it('deletes a file of Git LFS: nothing of it is written', async () => {
    const tree = await fixture.tree();
    rmSync(join(tree.folder, 'art.psd'));
    expect(accepted(await tree.commit(fixture.base)).diff.files.map(({ path }) => path)).toEqual(['art.psd']);
  });

  it('keeps submodules, whatever is done in their folder', async () => {
    const tree = await fixture.tree();
    write(tree, 'vendor/.git/config', 'x');
    write(tree, 'vendor/x.c', 'x');
    rmSync(join(tree.folder, 'vendor'), { recursive: true });
    expect(accepted(await tree.read()).changes).toEqual([]);
  });

  it('goes no deeper than the longest path allows', async () => {
    const tree = await fixture.tree();
    let folder = tree.folder;
    for (let depth = 0; depth < 12; depth += 1) folder = join(folder, 'd'.repeat(200));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'x'), 'x');
    expect(codeOf(await tree.read())).toBe('PATH_CHARS');
  });
});

describe('too large a change', () => {
  const news = Array.from({ length: 12 }, (_, at) => `new/${at}.txt`);
  let many: Fixture;
  beforeAll(async () => {
    many = await createFixture(Object.fromEntries(news.map((path) => [path.replace('new', 'old'), 'one\n'])));
  });
  afterAll(() => many.close());

  const readAt = (tree: TreeFixture, path: string) => statSync(join(tree.folder, path)).atimeMs;

  it('is refused by the number of new and removed files before one of them is read', async () => {
    const tree = await many.tree();
    for (const path of news) {
      write(tree, path, 'x\n');
      utimesSync(join(tree.folder, path), 1, 1);
    }
    for (const at of [0, 1, 2]) rmSync(join(tree.folder, `old/${at}.txt`));
    expect(await tree.read({ filesMax: 14 })).toMatchObject({
      refused: 'DIFF_FILES',
      why: '15 files changed, at most 14 are allowed',
    });
    expect(news.map((path) => readAt(tree, path))).toEqual(news.map(() => 1_000));
    expect(accepted(await tree.read({ filesMax: 15 })).changes).toHaveLength(15);
  });

  it('is refused by the sizes of new files before one of them is read, with the numbers', async () => {
    const tree = await many.tree();
    for (const path of ['a', 'b', 'c']) {
      write(tree, path, '');
      truncateSync(join(tree.folder, path), 8 << 20);
      utimesSync(join(tree.folder, path), 1, 1);
    }
    const why = `${3 * (8 << 20)} bytes changed, at most ${limits.diffBytesMax} are allowed`;
    expect(await tree.read()).toMatchObject({ refused: 'DIFF_BYTES', why });
    expect(readAt(tree, 'a')).toBe(1_000);
    truncateSync(join(tree.folder, 'a'), 2 ** 31);
    const large = `a has ${2 ** 31} bytes, at most ${limits.fileBytesMax} are allowed in one changed file`;
    expect(await tree.read()).toMatchObject({ refused: 'DIFF_BYTES', why: large });
  });

  it('is refused after as many edited files as may change and one more; touched ones that did not change do not count', async () => {
    const tree = await many.tree();
    const olds = news.map((path) => path.replace('new', 'old'));
    for (const path of olds) write(tree, path, 'one\n');
    expect(accepted(await tree.read({ filesMax: 1 }))).toMatchObject({ changes: [], filesRead: 12 });
    for (const path of olds) {
      write(tree, path, 'two\n');
      utimesSync(join(tree.folder, path), 1, 1);
    }
    const why = 'at least 5 of 12 touched files changed, at most 4 are allowed';
    expect(await tree.read({ filesMax: 4 })).toMatchObject({ refused: 'DIFF_FILES', why });
    expect(olds.filter((path) => readAt(tree, path) > 1_000)).toHaveLength(5);
  });
});
