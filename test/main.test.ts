/** The program as a process: its exit codes, its streams, and a platform that is told to stop. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { ownEnvironment, programEnvironment } from '../src/settings.ts';
import { createCliWorkspace, session } from './cli/fixture.ts';

const main = join(import.meta.dirname, '../src/main.ts');

function start(args: readonly string[], cwd: string, env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    env: { ...ownEnvironment(), HOME: cwd, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = Promise.all([once(child, 'close'), text(child.stderr)]);
  return { child, ended: ended.then(([[code], err]) => ({ code: code as number | null, err })) };
}

test('the workspace is JVAGENT_ROOT, else the current folder', async () => {
  const { root } = createCliWorkspace();
  const here = start(['agent', 'list', '--json'], root);
  const there = start(['agent', 'list', '--json'], '/', { JVAGENT_ROOT: root });
  const lists = await Promise.all([text(here.child.stdout), text(there.child.stdout)]);
  expect(lists.map((list) => JSON.parse(list)[0].id)).toEqual(['codechange/acme', 'codechange/acme']);
  expect((await here.ended).code).toBe(0);
});

test('whoever forgets --root in the clone is told so', async () => {
  const home = join(import.meta.dirname, '..');
  const { ended } = start(['status'], home);
  expect(await ended).toEqual({ code: 1, err: expect.stringMatching(/own folder and no workspace.*--root DIR/) });
});

test('a command line that means nothing ends with 2, with its reason on stderr', async () => {
  const { child, ended } = start(['no-such-command'], '/');
  expect(await text(child.stdout)).toBe('');
  expect(await ended).toEqual({ code: 2, err: expect.stringContaining('no-such-command') });
});

test('a connection that nobody closes does not keep a command that has ended, and its exit code stays', async () => {
  const open = 'data:text/javascript,setInterval(()=>{},1000)';
  const { ended } = start(['no-such-command'], '/', { NODE_OPTIONS: `--import=${open}` });
  expect((await ended).code).toBe(2);
});

test('start says when it is up, refuses a second one, and ends with 0 on request', async () => {
  const { root, run } = createCliWorkspace();
  const { child, ended } = start(['start'], root);
  const [line] = await once(child.stdout, 'data');
  expect(String(line)).toContain(`jvagent is up: ${root}`);
  expect(JSON.parse((await run('status', '--json')).out).nodes).toEqual([
    { pid: child.pid, url: expect.stringMatching(/^http:/) },
  ]);
  const second = await start(['start'], root).ended;
  expect(second).toEqual({ code: 1, err: expect.stringContaining('already running') });
  child.kill('SIGTERM');
  expect((await ended).code).toBe(0);
});

test('logs -f shows what happens while it runs, and ends with 0 on Ctrl-C', async () => {
  const { root, fill } = createCliWorkspace();
  await fill((store) => store.sessions.ensure(session));
  await fill((store) => store.log.append(session, [{ at: 0, kind: 'text', text: 'before' }]));
  const { child, ended } = start(['logs', '-f'], root);
  const said: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => void said.push(chunk.toString('utf8')));
  const [first] = await once(child.stdout, 'data');
  expect(String(first)).toContain('codechange/acme wi-12  model  before');
  await fill((store) => store.log.append(session, [{ at: 0, kind: 'text', text: 'meanwhile' }]));
  const [second] = await once(child.stdout, 'data');
  expect(String(second)).toContain('model  meanwhile');
  child.kill('SIGINT');
  expect(await ended).toEqual({ code: 0, err: '' });
  expect(said.join('').trim().split('\n')).toHaveLength(2);
});

test('start refuses a real address together with the emulators', async () => {
  const { root } = createCliWorkspace();
  const { code, err } = await start(['start'], root, { JVAGENT_ALLOW_LOOPBACK: '1' }).ended;
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('is not on loopback') });
});

test('a backup for which there is no room leaves nothing and says so, and the older ones stay', async () => {
  const { root, fill, run } = createCliWorkspace();
  await fill((store) => store.sessions.ensure(session));
  const dir = join(root, 'backups');
  mkdirSync(dir);
  await run('backup', '--dir', dir, '--keep', '1');
  const before = readdirSync(dir);
  // A file of this process can grow to 16 KiB only, as if the disk were full.
  const limited = `ulimit -f 16; exec "$0" "$@"`;
  const args = [process.execPath, main, '--root', root, 'backup', '--dir', dir, '--keep', '1'];
  const child = spawn('/bin/bash', ['-c', limited, ...args], {
    env: programEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [[code], err] = await Promise.all([once(child, 'close'), text(child.stderr)]);
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringMatching(/backup to .* failed: .*Nothing of it is left.*room for \d+ bytes/),
  });
  expect(readdirSync(dir)).toEqual(before);
});
