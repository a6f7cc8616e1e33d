/** What of a folder of this machine stays closed, looked for and then tried by a real program in the sandbox. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { closedPathsIn } from '../../src/sandbox/closed-paths.ts';
import { runSandboxed } from '../../src/sandbox/run-sandboxed.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';

const sandbox = createSandbox({ sandboxUid: 20001, processesMax: 64, memoryMb: 200 });
const bounds = { entriesMax: 100, closedMax: 20 };

async function folderWith(...files: string[]) {
  const root = await mkdtemp(join(tmpdir(), 'jvagent-shown-'));
  onTestFinished(async () => {
    execFileSync('/bin/chmod', ['-R', 'u+rwX', root]);
    await rm(root, { recursive: true, force: true });
  });
  const source = join(root, 'shown');
  mkdirSync(source);
  for (const file of files) {
    mkdirSync(dirname(join(source, file)), { recursive: true });
    writeFileSync(join(source, file), `content of ${file}\n`);
  }
  return { root, source };
}

/** What a program prints that is shown the folder at /dirs/shown. */
async function printed(source: string, command: string) {
  const closedPaths = await closedPathsIn(sandbox, source, bounds);
  if ('why' in closedPaths) throw new Error(closedPaths.why);
  const mounts = [{ source, target: '/dirs/shown', closedPaths }];
  const env = { PATH: '/usr/bin:/bin' };
  const spec = { program: '/bin/bash', args: ['-c', command], env, cwd: '/dirs/shown', mounts };
  return (await runSandboxed(sandbox, spec, { timeoutMs: 30_000, outputBytesMax: 64 << 10 })).output;
}

const secrets = [
  '.env',
  '.env.local',
  '.git/config',
  'secrets.env',
  'sub/.ENV',
  'sub/deep/.git/hooks/pre-push',
  'sub/.envs/production',
  'worktree/.git',
  'real-environment',
  'shut/notes',
  'app/users/[id]/.env',
  '{a,b} *?/secrets.env',
];

it('shows every file read-only except those with secrets, at any depth, and none from elsewhere', async () => {
  const { root, source } = await folderWith(
    'a.md',
    'sub/deep/b.md',
    'app/users/[id]/page.md',
    '.gitignore',
    'environment.md',
    ...secrets,
  );
  writeFileSync(join(root, 'outside'), 'content of outside\n');
  symlinkSync('real-environment', join(source, '.env.test'));
  symlinkSync('../outside', join(source, 'out'));
  symlinkSync(join(root, 'outside'), join(source, 'far-out'));
  symlinkSync('nowhere', join(source, '.env.dangling'));
  symlinkSync('../.env', join(source, 'sub/by-another-name'));
  chmodSync(join(source, 'shut'), 0o000);
  const command = `cat out far-out sub/by-another-name shut/notes 2>&1 >&2; { grep -rs "content of" .; true; } 2>/dev/null
for path in a.md new .env .git/new sub/deep/.git/x; do (: >> $path) 2>/dev/null && echo "$path can be written"; done
ls -A .git sub/deep/.git; rm -rf .git a.md 2>/dev/null; cat a.md`;
  const output = await printed(source, command);
  const seen = [...output.matchAll(/content of (\S+)/g)].map(([, file]) => file);
  expect(seen.sort()).toEqual([
    ...['.gitignore', 'a.md', 'a.md', 'app/users/[id]/page.md', 'environment.md', 'sub/deep/b.md'],
  ]);
  expect(output).not.toContain('can be written');
  expect(output).toContain('.git:\n\nsub/deep/.git:\n');
  expect(readdirSync(source)).toContain('a.md');
});

it('closes a folder with a socket or a pipe, which could lead out', async () => {
  const { root, source } = await folderWith('a.md', 'var/b.md', 'var/.env');
  execFileSync('/usr/bin/mkfifo', [join(source, 'var/pipe')]);
  expect(await printed(source, 'ls -A . var')).toBe('.:\na.md\nvar\n\nvar:\n');
  execFileSync('/usr/bin/mkfifo', [join(source, 'pipe')]);
  expect(await closedPathsIn(sandbox, source, bounds)).toMatchObject({
    why: expect.stringContaining('socket or a pipe'),
  });
  chmodSync(root, 0o755);
  expect(await closedPathsIn(sandbox, root, bounds)).toEqual([{ path: 'shown', isFolder: true }]);
});

it('shows nothing of a folder that is closed, too large to be looked through, or has too much to keep closed', async () => {
  const { source } = await folderWith('a/.env', 'b/.env', 'c.md');
  const whyWith = async (more: Partial<typeof bounds>) => closedPathsIn(sandbox, source, { ...bounds, ...more });
  expect(await whyWith({ entriesMax: 6 })).toHaveLength(2);
  expect(await whyWith({ entriesMax: 5 })).toMatchObject({ why: 'has more than 5 files and folders' });
  expect(await whyWith({ closedMax: 1 })).toMatchObject({ why: 'has 2 paths to hide, but only 1 are possible' });
  chmodSync(source, 0o000);
  expect(await whyWith({})).toMatchObject({ why: "is closed to the sandbox's user" });
});
