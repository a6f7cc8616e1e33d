/** Trees that a model fills against us, and repositories that are handed in against us: refused by their code, or harmless. */
import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { git } from '../../emulators/git-http/git.ts';
import { OutsideError } from '../../src/base/errors.ts';
import { writeTree } from '../../src/git/tree/write.ts';
import { accepted, codeOf, commitFiles, createFixture, type Fixture, type TreeFixture, write } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture({
    'a.txt': 'one\n',
    'src/b.txt': 'two\n',
    '--exec=x': 'an option\n',
    '-rf': 'an option\n',
    'new\nline.txt': 'odd\n',
    '\u202egnp.exe': 'odd\n',
  });
});
afterAll(() => fixture.close());

const sha = (tree: TreeFixture) => tree.commit(fixture.base).then((made) => accepted(made).sha);
const showAt = (rev: string, path: string) => git(fixture.repository.gitDir, ['show', `${rev}:${path}`]);

describe('a tree that is changed while it is read', () => {
  /** Reads the tree; right when the first new file is asked for, `swap` is done. */
  function readWhile(tree: TreeFixture, swap: () => void) {
    let swapped = false;
    return tree.read({
      admit: () => {
        if (!swapped) swap();
        swapped = true;
        return true;
      },
    });
  }

  it('gives no byte of a folder that a link leads to, and says that its files are gone', async () => {
    const tree = await fixture.tree();
    const outside = join(fixture.root, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'b.txt'), 'stolen\n');
    write(tree, 'a-new.txt', 'first in the folder\n');
    const reading = await readWhile(tree, () => {
      renameSync(join(tree.folder, 'src'), join(fixture.root, 'src-away'));
      symlinkSync(outside, join(tree.folder, 'src'));
    });
    const bytes = 'changes' in reading ? reading.changes.map((it) => (it.deleted ? '' : it.bytes.toString())) : [];
    expect(bytes.join()).not.toContain('stolen');
    expect(codeOf(await tree.read())).toBe('PATH_LINK');
  });

  it('refuses a file that became a link after it was listed', async () => {
    const tree = await fixture.tree();
    const secret = join(fixture.root, 'secret.env');
    writeFileSync(secret, 'X=1\n');
    write(tree, 'a-new.txt', 'x\n');
    const file = join(tree.folder, 'a-new.txt');
    const reading = await readWhile(tree, () => {
      rmSync(file);
      symlinkSync(secret, file);
    });
    expect(codeOf(reading)).toBe('PATH_SPECIAL');
  });
});

describe('what a tree may hold', () => {
  it('refuses a nested repository, its folder or its file', async () => {
    for (const path of ['lib/.git/config', 'lib/.git']) {
      const tree = await fixture.tree();
      write(tree, path, 'gitdir: /elsewhere\n');
      expect(codeOf(await tree.read({ admit: () => false }))).toBe('PATH_META');
    }
  });

  it('refuses a socket', async () => {
    const tree = await fixture.tree();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(tree.folder, 's'), resolve));
    expect(codeOf(await tree.read({ admit: () => false }))).toBe('PATH_SPECIAL');
    await new Promise((resolve) => server.close(resolve));
  });

  it('refuses a file of 2 GB without reading it, and leaves one alone that nobody named', async () => {
    const tree = await fixture.tree();
    write(tree, 'big.bin', '');
    truncateSync(join(tree.folder, 'big.bin'), 2 ** 31);
    expect(codeOf(await tree.read())).toBe('DIFF_BYTES');
    expect(accepted(await tree.read({ admit: () => false }))).toMatchObject({ unadmitted: ['big.bin'], filesRead: 0 });
  });

  it('looks at 50,000 new files and reads none of them', async () => {
    const tree = await fixture.tree();
    for (let folder = 0; folder < 50; folder += 1) {
      mkdirSync(join(tree.folder, `many-${folder}`));
      for (let file = 0; file < 1_000; file += 1) writeFileSync(join(tree.folder, `many-${folder}/${file}`), '');
    }
    const reading = accepted(await tree.read({ admit: () => false }));
    expect([reading.unadmitted.length, reading.filesRead]).toEqual([50_000, 0]);
    // Making so many files takes a busy disk its time.
  }, 240_000);
});

describe('an unusual repository', () => {
  it('takes names that are options, have line ends or run right to left literally', async () => {
    const tree = await fixture.tree();
    for (const path of ['--exec=x', '-rf']) write(tree, path, 'edited\n');
    write(tree, '--upload-pack=touch x', 'new\n');
    const made = await sha(tree);
    for (const path of ['--exec=x', '-rf']) expect(await showAt(made, path)).toBe('edited');
    expect(await fixture.repository.exists(made, '--upload-pack=touch x')).toBe(true);
    expect(await showAt(made, 'new\nline.txt')).toBe('odd');
    expect((await fixture.repository.changedPaths(fixture.base, made)).sort()).toEqual([
      '--exec=x',
      '--upload-pack=touch x',
      '-rf',
    ]);
  });

  it('cannot be changed under an uncommitted name, and a touched file is not a change', async () => {
    const tree = await fixture.tree();
    utimesSync(join(tree.folder, '\u202egnp.exe'), 1, 1);
    utimesSync(join(tree.folder, 'new\nline.txt'), 1, 1);
    expect(accepted(await tree.read())).toMatchObject({ changes: [], filesRead: 2 });
    write(tree, '\u202egnp.exe', 'edited\n');
    expect(codeOf(await tree.read())).toBe('PATH_CHARS');
  });

  it.each(['.GIT/config', 'src/git~1/config', '.g\u200cit/config'])(
    'with %j in it is refused, written nowhere',
    async (path) => {
      const rev = await commitFiles(fixture.remote, 'planted', { [path]: 'x\n' }, fixture.base).catch(() => undefined);
      if (!rev) throw new Error('the remote did not take the file');
      await git(fixture.repository.gitDir, ['fetch', '--quiet', fixture.remote, rev]);
      const folder = join(fixture.root, 'planted');
      const written = await writeTree({ ...fixture, rev, folder, indexFile: join(fixture.root, 'planted.json') });
      expect(codeOf(written)).toBe('PATH_META');
    },
  );
});

it("what git calls an attack in the history is refused for good, in git's words", async () => {
  const gitmodules = '[submodule "x"]\npath = x\nurl = --upload-pack=touch /tmp/x\n';
  const planted = await createFixture({ 'a.txt': 'one\n' });
  await commitFiles(planted.remote, 'customer/acme', { '.gitmodules': gitmodules }, planted.base);
  const error = await planted.repository.fetch().catch((thrown: unknown) => thrown);
  await planted.close();
  if (!(error instanceof OutsideError)) throw error;
  expect(error.facts.kind).toBe('refused');
  expect(error.message).toContain('gitmodulesUrl');
});
