import { execFileSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { listen } from '../../../src/base/http.ts';
import { whyFailed } from '../../../src/cli/demo/failed.ts';
import { untilKey } from '../../../src/cli/until-key.ts';
import { jvagentOn, type Outcome } from '../fixture.ts';
import { pressCtrlC } from '../press-ctrl-c.ts';

const terminal = { columns: () => 100, rows: () => 24, hasColours: false, showsErrors: true };

/** An empty folder, which is also where temporary folders are made until the test ends. */
function ownTemporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'd-'));
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  onTestFinished(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

const git = (folder: string, ...args: string[]) =>
  execFileSync('git', ['-C', folder, '-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], {
    env: { PATH: '/usr/bin:/bin', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
    stdio: 'ignore',
  });

function demo(outcome: Outcome, ...args: string[]): Promise<Outcome> {
  return jvagentOn(terminal, ['demo', ...args], outcome);
}

const nothing = () => ({ code: 0, out: '', err: '' });
const wish = ['--title', 'Say more', '--description', 'Add a line `x` to `README.md`'];

test('a --repo without a commit to work on, or a text without a sentence for the script, is refused before anything starts', async () => {
  const folder = ownTemporary();
  const names = ['plain', 'empty', 'whole', 'whole/inside'];
  for (const name of names) mkdirSync(join(folder, name), { recursive: true });
  git(join(folder, 'empty'), 'init', '-q');
  git(join(folder, 'whole'), 'init', '-q');
  git(join(folder, 'whole'), 'commit', '-q', '--allow-empty', '-m', 'x');
  const refusals = {
    missing: 'there is no such folder',
    plain: 'this is not the top folder of a git repository',
    empty: 'the repository has no commit',
    'whole/inside': 'this is not the top folder of a git repository',
  };
  for (const [name, why] of Object.entries(refusals)) {
    const refused = await demo(nothing(), '--repo', join(folder, name), ...wish);
    expect(refused).toEqual({
      code: 1,
      out: '',
      err: expect.stringContaining(`CONFIG_INVALID: --repo ${join(folder, name)}: ${why}`),
    });
  }
  const unclear = ['--title', 'Say more', '--description', 'Make it better'];
  const refused = await demo(nothing(), '--repo', join(folder, 'whole'), ...unclear);
  expect(refused).toMatchObject({ code: 1, out: '', err: expect.stringContaining('Replace `<old text>` with') });
  expect(readdirSync(folder).sort()).toEqual(['empty', 'plain', 'whole']);
});

test('it says what the script will do with a repository; Ctrl-C stops it and leaves nothing behind', async () => {
  const folder = ownTemporary();
  const repo = join(folder, 'own');
  mkdirSync(repo);
  writeFileSync(join(repo, 'README.md'), 'x\n');
  git(repo, 'init', '-q');
  git(repo, 'add', '.');
  git(repo, 'commit', '-q', '-m', 'x');
  const outcome = nothing();
  const ended = demo(outcome, '--approve', 'ask', '--repo', repo, ...wish);
  while (!outcome.out.includes('Pull requests will appear')) await systemClock.sleep(50);
  expect(outcome.out).toContain('README.md ends with a new line: "x".');
  const [address = ''] = /http:\S+\/login\?code=[\w-]+/.exec(outcome.out) ?? [];
  expect(await (await fetch(address)).text()).toContain('<h1>Log in</h1>');
  pressCtrlC();
  await ended;
  expect(outcome).toMatchObject({ code: 1, err: 'Stopped.\n' });
  expect(readdirSync(folder)).toEqual(['own']);
});

test('a model key that the provider does not accept ends the demo with what to do', async () => {
  const folder = ownTemporary();
  const words = { type: 'error', error: { type: 'authentication_error', message: 'invalid x-api-key' } };
  const provider = await listen(() => Response.json(words, { status: 401 }));
  onTestFinished(() => provider.close());
  const root = join(folder, 'root');
  mkdirSync(root);
  const env = `ANTHROPIC_API_KEY=sk-wrong-key-1\nANTHROPIC_BASE_URL=${provider.url}\n`;
  writeFileSync(join(root, '.env'), env, { mode: 0o600 });
  const { code, err } = await demo(nothing(), '--model', 'real', '--approve', 'ask', '--root', root);
  expect(code).toBe(1);
  expect(err).toMatch(/OUTSIDE_AUTH: .*\n.*ANTHROPIC_API_KEY/);
  expect(readdirSync(folder)).toEqual(['root']);
});

test.each([
  [{ ok: true, state: 'Deployed' }, true, undefined],
  [{ ok: true, state: 'Deployed' }, false, undefined],
  [{ ok: false, state: 'New' }, true, 'Stopped.'],
  [{ ok: false, state: 'New' }, false, 'The work item ended in "New".'],
  [{ ok: false, state: 'New', why: 'ATTEMPTS: it failed' }, false, 'ATTEMPTS: it failed'],
])('%o with a stop %s fails by %s', (result, isStopped, why) => {
  expect(whyFailed({ why: undefined, ...result }, isStopped)).toBe(why);
});

test.each(['a key', 'a signal'])('the wait for a key ends with %s, and the terminal is as it was', async (by) => {
  const modes: boolean[] = [];
  const keys = new EventEmitter();
  const input = Object.assign(keys, {
    setRawMode: (isRaw: boolean) => void modes.push(isRaw),
    resume: () => void modes.push(true),
    pause: () => void modes.push(false),
  });
  const stop = new AbortController();
  const waited = untilKey(input, stop.signal);
  if (by === 'a key') keys.emit('data', 'q');
  else stop.abort();
  await waited;
  expect(modes).toEqual([true, true, false, false]);
  expect(keys.listenerCount('data')).toBe(0);
});
