import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isKept, keepWork, measuredAgainst } from '../../../src/git/kept/kept-work.ts';
import { readTree } from '../../../src/git/tree/read.ts';
import { loadIndex } from '../../../src/git/tree/stat-index.ts';
import { writeTree } from '../../../src/git/tree/write.ts';
import { limits } from '../../../src/limits.ts';
import {
  accepted,
  author,
  codeOf,
  createFixture,
  type Fixture,
  sampleFiles,
  type TreeFixture,
  write,
} from '../fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture(sampleFiles);
});
afterAll(() => fixture.close());

const at = Date.UTC(2026, 10, 20);
const keep = ({ folder, indexFile }: TreeFixture, workItemId = 12, when = at) =>
  keepWork({ repository: fixture.repository, workItemId, folder, index: loadIndex(indexFile), author, at: when });

/** A fresh folder with the kept work, read against the base as the next turn reads it. */
async function readBack(kept: string) {
  const { repository, root, base } = fixture;
  const home = mkdtempSync(join(root, 'back-'));
  const [folder, indexFile] = [join(home, 'tree'), join(home, 'index.json')];
  const written = accepted(await writeTree({ repository, rev: kept, folder, indexFile }));
  const index = await measuredAgainst(repository, written, base);
  return { folder, reading: accepted(await readTree({ repository, folder, index, admit: () => true })) };
}

it('keeps what is not committed and brings it back as what is not committed', async () => {
  const tree = await fixture.tree();
  write(tree, 'src/a.txt', 'mine\n');
  write(tree, 'notes/new.md', 'new\n');
  rmSync(join(tree.folder, 'crlf.txt'));
  const wanted = accepted(await tree.read()).changes.map(({ path }) => path);
  const kept = accepted(await keep(tree)) ?? '';
  expect(await isKept(fixture.repository, 12, kept)).toBe(true);
  const { folder, reading } = await readBack(kept);
  expect(reading.changes.map(({ path }) => path)).toEqual(wanted);
  expect(wanted).toEqual(['crlf.txt', 'notes/new.md', 'src/a.txt']);
  expect(readFileSync(join(folder, 'src/a.txt'), 'utf8')).toBe('mine\n');
  expect(existsSync(join(folder, 'crlf.txt'))).toBe(false);
  expect(reading.filesRead, 'only what differs is read').toBe(2);
});

it('keeps a file of Git LFS with the rest, though no commit that is pushed may have it', async () => {
  const tree = await fixture.tree();
  write(tree, 'src/a.txt', 'mine\n');
  write(tree, 'art.psd', 'pixels');
  const { folder } = await readBack(accepted(await keep(tree, 15)) ?? '');
  expect(readFileSync(join(folder, 'src/a.txt'), 'utf8')).toBe('mine\n');
  expect(readFileSync(join(folder, 'art.psd'), 'utf8')).toBe('pixels');
});

it('keeps nothing if nothing differs, and refuses what no commit can hold', async () => {
  const tree = await fixture.tree();
  expect(await keep(tree, 13)).toBeUndefined();
  symlinkSync('/etc/passwd', join(tree.folder, 'evil'));
  expect(codeOf(await keep(tree, 13))).toBe('PATH_LINK');
  expect(await isKept(fixture.repository, 13, fixture.base)).toBe(false);
});

it('keeps the newest work of an item for a limited number of days', async () => {
  const tree = await fixture.tree();
  write(tree, 'src/a.txt', 'one\n');
  const first = accepted(await keep(tree, 14)) ?? '';
  write(tree, 'src/a.txt', 'two\n');
  const second = accepted(await keep(tree, 14)) ?? '';
  expect([await isKept(fixture.repository, 14, first), await isKept(fixture.repository, 14, second)]).toEqual([
    false,
    true,
  ]);
  accepted(await keep(tree, 15, at + (limits.keptDays + 1) * 86_400_000));
  expect(await isKept(fixture.repository, 14, second)).toBe(false);
});

it('is never pushed by its name: the remote has no such ref', async () => {
  const { stdout } = await fixture.repository.git(['for-each-ref', '--format=%(refname)', 'refs/jvagent']);
  expect(stdout.toString()).toContain('refs/jvagent/kept/');
  expect(await fixture.repository.remoteHead('jvagent/kept/12')).toBeUndefined();
});
