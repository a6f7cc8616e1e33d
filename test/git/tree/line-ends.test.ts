/** Line ends of what is committed, held against what the real `git add` makes of the same files. */
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { git } from '../../../emulators/git-http/git.ts';
import { accepted, createCountingGit, createFixture, type Files, type Fixture, plainGit, write } from '../fixture.ts';

const attributes = [
  '*.txt text',
  '*.bat text eol=crlf',
  '*.auto text=auto',
  '*.old crlf',
  '*.bin -text',
  '*.id text ident',
  '*.utf16 text working-tree-encoding=UTF-16LE',
  '*.f text filter=x',
  'mixed/** text=auto eol=crlf',
  '',
].join('\n');

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture({
    '.gitattributes': attributes,
    'sub/.gitattributes': '*.txt -text\n',
    'notes.txt': 'one\ntwo\nthree\n',
    'sub/raw.txt': 'one\n',
    'win.bat': 'echo one\necho two\n',
    'a.auto': 'one\ntwo\n',
    'b.auto': 'one\r\ntwo\r\n',
    'was.txt': 'one\r\ntwo\r\n',
    'old.old': 'one\n',
    'x.bin': 'one\n',
    'plain.js': 'one\n',
    'keyword.id': '$Id$\n',
    'wide.utf16': 'one\n',
    'through.f': 'one\n',
  });
});
afterAll(() => fixture.close());

const blobAt = async (rev: string, path: string) =>
  (await plainGit(fixture.repository.gitDir, ['cat-file', 'blob', `${rev}:${path}`])).stdout.toString('latin1');

/** The one commit of a tree in which these files were written. */
async function committed(files: Readonly<Record<string, string>>) {
  const tree = await fixture.tree();
  for (const [path, text] of Object.entries(files)) write(tree, path, Buffer.from(text, 'latin1'));
  return accepted(await tree.commit(fixture.base, { allowMeta: ['.gitattributes'] }));
}

describe('a file of the commit that comes back with CRLF', () => {
  it.each([
    ['notes.txt', 'one\r\ntwo\r\nthree\r\nfour\r\n', 'one\ntwo\nthree\nfour\n'],
    ['notes.txt', 'one\r\r\ntwo\rx\r\n', 'one\r\ntwo\rx\n'],
    ['win.bat', 'echo one\r\necho two\r\necho three\r\n', 'echo one\necho two\necho three\n'],
    ['a.auto', 'one\r\ntwo\r\nthree\r\n', 'one\ntwo\nthree\n'],
    ['old.old', 'one\r\ntwo\r\n', 'one\ntwo\n'],
    ['sub/new.bat', 'new\r\n', 'new\n'],
    ['keyword.id', '$Id: mine $\r\n', '$Id: mine $\n'],
    ['wide.utf16', 'two\r\n', 'two\n'],
    ['through.f', 'two\r\n', 'two\n'],
  ])('%s is committed with LF, by its attributes', async (path, text, blob) => {
    const { sha, diff } = await committed({ [path]: text });
    expect(await blobAt(sha, path)).toBe(blob);
    expect(diff.files).toHaveLength(1);
  });

  it.each([
    ['x.bin', 'one\r\ntwo\r\n'],
    ['plain.js', 'one\r\ntwo\r\n'],
    ['sub/raw.txt', 'one\r\ntwo\r\n'],
    ['b.auto', 'one\r\ntwo\r\nthree\r\n'],
    ['a.auto', 'one\r\n\0two\r\n'],
    ['a.auto', 'one\r\ntwo\rx\r\n'],
  ])('%s is committed as it is where no attribute says otherwise', async (path, text) => {
    expect(await blobAt((await committed({ [path]: text })).sha, path)).toBe(text);
  });

  it('has a diff of the lines that were changed', async () => {
    const { diff } = await committed({
      'notes.txt': 'one\r\ntwo\r\nthree\r\nmore\r\n',
      'win.bat': 'echo one\r\necho two\r\nmore\r\n',
    });
    expect(diff.files.map(({ path, added, removed }) => [path, added, removed])).toEqual([
      ['notes.txt', 1, 0],
      ['win.bat', 1, 0],
    ]);
  });

  it('is no change where nothing else differs, and is not read again', async () => {
    const tree = await fixture.tree();
    write(tree, 'notes.txt', 'one\r\ntwo\r\nthree\r\n');
    expect(accepted(await tree.read())).toMatchObject({ changes: [], filesRead: 1 });
    utimesSync(join(tree.folder, 'notes.txt'), 1, 1);
    await new Promise((resolve) => setTimeout(resolve, 60));
    write(tree, 'plain.js', 'two\n');
    accepted(await tree.commit(fixture.base));
    expect(accepted(await tree.read()).changes).toEqual([]);
  });

  it('keeps what the commit itself has wrong until somebody edits it', async () => {
    const tree = await fixture.tree();
    utimesSync(join(tree.folder, 'was.txt'), 1, 1);
    expect(accepted(await tree.read())).toMatchObject({ changes: [], filesRead: 1 });
    const { sha } = await committed({ 'was.txt': 'one\r\ntwo\r\nthree\r\n' });
    expect(await blobAt(sha, 'was.txt')).toBe('one\ntwo\nthree\n');
  });
});

it('goes by the attributes of the commit, whatever the agent writes into its own', async () => {
  const { sha } = await committed({ '.gitattributes': '* -text\n', 'notes.txt': 'new\r\n', 'plain.js': 'new\r\n' });
  expect(await blobAt(sha, 'notes.txt')).toBe('new\n');
  const other = await committed({ '.gitattributes': '* text\n', 'plain.js': 'new\r\n' });
  expect(await blobAt(other.sha, 'plain.js')).toBe('new\r\n');
});

it('leaves a clone clean', async () => {
  const { sha } = await committed({
    'notes.txt': 'one\r\n',
    'win.bat': 'one\r\n',
    'new.txt': 'one\r\n',
    'new.auto': 'one\r\n',
    'a.auto': 'a\r\n',
    'b.auto': 'one\r\ntwo\r\nb\r\n',
    'was.txt': 'one\r\n',
  });
  const clone = join(fixture.root, 'clone');
  await plainGit(fixture.root, ['clone', '--quiet', '--no-checkout', fixture.repository.gitDir, clone]);
  await plainGit(clone, ['checkout', '--quiet', sha]);
  const { stdout, stderr } = await plainGit(clone, ['status', '--porcelain']);
  expect([stdout.toString(), stderr]).toEqual(['', '']);
});

it('asks git about attributes only where a changed file holds a CRLF', async () => {
  const counting = createCountingGit(fixture.root);
  const repository = await fixture.open({ folder: join(fixture.root, 'counted'), file: counting.file });
  await repository.fetch();
  const tree = await fixture.tree();
  write(tree, 'notes.txt', 'changed\n');
  accepted(await tree.read({ repository }));
  expect(counting.starts('check-attr')).toBe(0);
  for (let at = 0; at < 30; at += 1) write(tree, `new-${at}.txt`, 'new\r\n');
  accepted(await tree.read({ repository }));
  expect(counting.starts('check-attr')).toBe(1);
});

describe('the same as git add', () => {
  const ofPieces = (...pieces: string[]) =>
    fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((taken) => taken.join(''));
  const plainText = ofPieces('\r\n', '\n', 'word', 'a line\r\n', 'a line\n', 'é');
  const oddText = ofPieces('\r\n', '\n', '\r', 'a line\r\n', '\0', '\x1a', '\x7f\x01');
  const text = fc.oneof(
    { arbitrary: plainText, weight: 3 },
    oddText,
    fc.array(fc.constantFrom('plain words\r\n', '\x01', '\b'), { maxLength: 40 }).map((taken) => taken.join('')),
  );
  const value = (name: string, ...values: string[]) =>
    fc.constantFrom('', '', name, `-${name}`, `!${name}`, ...values.map((it) => `${name}=${it}`));
  const attribute = fc
    .tuple(value('text', 'auto', 'input', 'other'), value('crlf', 'auto', 'input'), value('eol', 'lf', 'crlf', 'other'))
    .map((said) => said.filter(Boolean).join(' '));
  const one = fc.record({ said: attribute, before: fc.option(text, { nil: undefined }), after: text });

  it('for any attributes, contents and line ends', { timeout: 120_000 }, async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 150, maxLength: 150 }), async (cases) => {
        round += 1;
        const named = cases.map((it, at) => ({ ...it, path: `f${at}.x` }));
        const base: Files = {
          '.gitattributes': named.map(({ said, path }) => `${path} ${said}\n`).join(''),
          ...Object.fromEntries(named.flatMap(({ before, path }) => (before === undefined ? [] : [[path, before]]))),
        };
        const ours = await createFixture(base);
        const tree = await ours.tree();
        const plain = join(ours.root, `plain-${round}`);
        mkdirSync(plain);
        await plainGit(plain, ['init', '--quiet', '.']);
        await plainGit(plain, ['fetch', '--quiet', ours.remote, 'customer/acme']);
        await plainGit(plain, ['reset', '--quiet', 'FETCH_HEAD']);
        writeFileSync(join(plain, '.gitattributes'), base['.gitattributes'] as string);
        for (const { path, after } of named) {
          write(tree, path, after);
          write({ folder: plain }, path, after);
        }
        await plainGit(plain, ['-c', 'core.autocrlf=false', '-c', 'core.safecrlf=false', 'add', '-A']);
        const theirs = (await plainGit(plain, ['ls-files', '-s'])).stdout.toString();
        const { sha } = accepted(await tree.commit(ours.base));
        const raw = await git(ours.repository.gitDir, ['ls-tree', '-r', sha]);
        const blobs = (listing: string, form: RegExp) =>
          Object.fromEntries([...listing.matchAll(form)].map(([, oid, path]) => [path, oid]));
        const ourBlobs = blobs(raw, /^\d+ blob (\w+)\t(f.*)$/gm);
        const theirBlobs = blobs(theirs, /^\d+ (\w+) \d\t(f.*)$/gm);
        const differing = named.filter(
          ({ path, before, after }) => before !== after && ourBlobs[path] !== theirBlobs[path],
        );
        await ours.close();
        expect(differing).toEqual([]);
      }),
      { numRuns: 2 },
    );
  });
});
