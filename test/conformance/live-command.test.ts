import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ownEnvironment } from '../../src/settings.ts';
import { facts } from '../live/facts.ts';
import { project, startLiveWorld } from './live-world.ts';

const main = join(import.meta.dirname, '../../src/main.ts');

interface Started {
  child: ChildProcess;
  said(): { out: string; err: string };
  ended: Promise<number | null>;
}

/** The command in a process group of its own, as a terminal starts it. */
function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
  const child = spawn(process.execPath, [main, 'test', 'live', ...args], {
    env: { ...ownEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const texts = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    texts.out += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    texts.err += chunk;
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(async () => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    await ended;
  });
  return { child, said: () => texts, ended };
}

test('the command prints each fact with its verdict as JSON, never a token, and heeds no token of the environment', async () => {
  const world = await startLiveWorld();
  const file = world.write();
  const { said, ended } = start([`--settings=${file}`, `--yes-i-mean=${project}`, '--json'], {
    AZDO_PAT: 'of-the-machine-0123456789',
    AZDO_PROJECT: 'AcmeProduction',
  });
  expect(await ended).toBe(0);
  const { out, err } = said();
  const document = JSON.parse(out) as { facts: Record<string, unknown>[] };
  const passed = facts.filter(({ needs }) => needs.every((need) => need === 'board')).length;
  const counts = { passed, failed: 0, skipped: facts.length - passed };
  expect(document).toMatchObject({ ...counts, left: [], isStopped: false });
  expect(document.facts.map(({ id }) => id)).toEqual(facts.map(({ id }) => id));
  expect(document.facts[0]).toMatchObject({ verdict: 'holds', against: 'emulator' });
  expect(out + err).not.toContain(world.board.AZDO_PAT);
  const callers = new Set(world.faults.requests().map(({ path }) => path.split('/')[1]));
  expect(callers).toEqual(new Set(['acme']));
});

test('on a terminal’s Ctrl-C it removes what it made, says so, and ends with 1', async () => {
  const world = await startLiveWorld();
  const { child, said, ended } = start([`--settings=${world.write()}`, `--yes-i-mean=${project}`]);
  await expect.poll(() => said().err, { timeout: 60_000 }).toMatch(/^12 of /m);
  const leftAtExit = once(child, 'exit').then(() => world.titles());
  process.kill(-(child.pid ?? 0), 'SIGINT');
  expect(await ended).toBe(1);
  expect(await leftAtExit).toEqual([]);
  expect(said().err).toContain('Stopping; what was made is removed first.');
  expect(said().out).toContain('not tried: the run was stopped');
  expect(said().out).toMatch(/^Removed \d+ things? that it had made\.$/m);
  expect(said().out).toContain('Not run live:');
  expect(world.titles()).toEqual([]);
});

test('a second Ctrl-C ends it at once, and it says what is left', async () => {
  const world = await startLiveWorld();
  world.faults.add({ target: 'azureDevOps', match: { method: 'DELETE' }, do: { delayMs: 30_000 } });
  const { child, said, ended } = start([`--settings=${world.write()}`, `--yes-i-mean=${project}`]);
  const press = () => process.kill(-(child.pid ?? 0), 'SIGINT');
  // Of what it has not made, nothing would be left.
  await expect.poll(() => world.titles().length, { timeout: 60_000 }).toBeGreaterThan(0);
  press();
  await expect.poll(() => world.changes().some(({ method }) => method === 'DELETE'), { timeout: 60_000 }).toBe(true);
  press();
  expect(await ended).toBe(1);
  expect(said().err).toContain('What was made is left; run `jvagent test live` again to remove it.');
  expect(world.titles().length).toBeGreaterThan(0);
});

test('when nobody reads it any more, it still removes what it made', async () => {
  const world = await startLiveWorld();
  const { child, said, ended } = start([`--settings=${world.write()}`, `--yes-i-mean=${project}`]);
  await expect.poll(() => said().err, { timeout: 60_000 }).toMatch(/^10 of /m);
  child.stdout?.destroy();
  child.stderr?.destroy();
  expect(await ended).toBe(0);
  expect(world.changes().filter(({ method }) => method === 'DELETE').length).toBeGreaterThan(15);
  expect(world.titles()).toEqual([]);
});

test('without settings it says what it needs, skips every fact, and ends with 0', async () => {
  const world = await startLiveWorld();
  const { said, ended } = start([`--settings=${world.write({})}`]);
  expect(await ended).toBe(0);
  expect(said().err).toContain('AZDO_PROJECT=...');
  expect(said().out.trimEnd().split('\n').at(-1)).toBe(`0 passed, 0 failed, ${facts.length} skipped`);
  expect(said().out).toMatch(/^board-me +not tried: live\.env does not set AZDO_ORG/m);
});

test('where nobody can type the name, it ends with 1 and names the flag', async () => {
  const world = await startLiveWorld();
  const { said, ended } = start([`--settings=${world.write()}`]);
  expect(await ended).toBe(1);
  expect(said().err).toContain('--yes-i-mean AcmeLive');
  expect(world.faults.requests()).toEqual([]);
});

test.each([
  ['a file that others can read', { AZDO_ORG: 'acme' }, 0o644, 'other users can read it'],
  [
    'a name that is none',
    { AZDO_PROJEKT: 'x' },
    0o600,
    'AZDO_PROJEKT is not a name of this file. Did you mean AZDO_PROJECT?',
  ],
  ['an address without https', { AZDO_URL: 'http://dev.azure.com' }, 0o600, 'line 1: AZDO_URL: an https url'],
])('%s is refused with the line and the reason', async (_, values, mode, words) => {
  const world = await startLiveWorld();
  const { said, ended } = start([`--settings=${world.write(values, mode)}`]);
  expect(await ended).toBe(1);
  expect(said().err).toContain(words);
});

test('docs/live.md lists every fact', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/live.md'), 'utf8');
  const rows = facts.map(({ id, fact, source, usedIn }) => `| \`${id}\` | ${fact} | ${source} | \`${usedIn}\` |`);
  expect(page.split('\n').filter((line) => /^\| `(board|repos|github|slack|instance)-/.test(line))).toEqual(rows);
});
