import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import fix from '../../../emulators/demo-repository/fix.json' with { type: 'json' };
import { seedRepository } from '../../../emulators/demo-repository/seed.ts';
import { git, gitEnvironment } from '../../../emulators/git-http/git.ts';
import { openRepository } from '../../../emulators/git-http/repository.ts';
import { runProgram } from '../../../src/base/program.ts';
import { sourceFolder } from '../git-world.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'seed-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const branches = ['main', 'customer/acme'] as const;
const runTests = (cwd: string) =>
  runProgram({ file: process.execPath, args: ['test.js'], env: {}, cwd, timeoutMs: 10_000 });

test('the demo fails its tests only because of the real bug, and passes them with the stated edit', async () => {
  const copy = join(folder, 'copy');
  cpSync(sourceFolder, copy, { recursive: true });
  const before = await runTests(copy);
  expect(before.code).not.toBe(0);
  expect(before.stderr).toContain('set reached Object.prototype through /__proto__');
  for (const edit of fix.edits) {
    const text = readFileSync(join(copy, edit.file), 'utf8');
    expect(text.split(edit.old)).toHaveLength(2);
    writeFileSync(
      join(copy, edit.file),
      text.replace(edit.old, () => edit.new),
    );
  }
  expect((await runTests(copy)).stdout.toString()).toBe('All tests pass.\n');
});

test('equal files become an equal commit on every branch', async () => {
  const seeds = [join(folder, 'one.git'), join(folder, 'two.git')];
  const [one, two] = await Promise.all(
    seeds.map((directory) => seedRepository({ directory, source: sourceFolder, branches: [...branches] })),
  );
  expect(one).toEqual(two);
  const repository = openRepository(join(folder, 'one.git'));
  expect(await repository.branches()).toEqual(new Map(branches.toReversed().map((name) => [name, one?.commit])));
  expect(await repository.defaultBranch()).toBe('main');
});

test('unusual names, programs and links keep their bytes, their mode and their target', async () => {
  const source = join(folder, 'odd');
  mkdirSync(join(source, 'sub'), { recursive: true });
  writeFileSync(join(source, 'sub', 'a "b" \\ c.txt'), 'odd');
  writeFileSync(join(source, 'program'), Buffer.from([0, 255, 10]), { mode: 0o755 });
  symlinkSync('program', join(source, 'link'));
  const directory = join(folder, 'odd.git');
  const { commit } = await seedRepository({ directory, source, branches: ['main'] });
  const rows = (await git(directory, ['ls-tree', '-r', '-z', commit])).split('\0').filter(Boolean);
  expect(rows.map((row) => row.replace(/ blob [0-9a-f]+\t/, ' '))).toEqual([
    '120000 link',
    '100755 program',
    '100644 sub/a "b" \\ c.txt',
  ]);
  expect(await git(directory, ['cat-file', 'blob', `${commit}:link`])).toBe('program');
});

test("a user's own repository keeps its history", async () => {
  const source = join(folder, 'own');
  mkdirSync(source);
  const run = (...args: string[]) =>
    runProgram({
      file: 'git',
      args: ['-c', 'user.name=O', '-c', 'user.email=o@example.com', ...args],
      env: gitEnvironment,
      cwd: source,
      timeoutMs: 10_000,
    });
  await run('init', '--quiet', '-b', 'trunk');
  for (const message of ['first', 'second']) await run('commit', '--quiet', '--allow-empty', '-m', message);
  const directory = join(folder, 'own.git');
  const { commit } = await seedRepository({ directory, source, branches: ['main'] });
  const commits = await openRepository(directory).commits(undefined, commit);
  expect(commits.map(({ message }) => message)).toEqual(['first', 'second']);
});
