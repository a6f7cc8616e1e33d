import { expect, test } from 'vitest';
import { type ProgramOptions, runProgram } from '../../src/base/program.ts';

const env = { PATH: '/usr/bin:/bin' };
const sh = (script: string, extra: Partial<ProgramOptions> = {}) =>
  runProgram({ file: '/bin/sh', args: ['-c', script], env, timeoutMs: 5_000, ...extra });

/** Whether a process is there; a zombie is not. */
async function isAlive(pid: number): Promise<boolean> {
  const { stdout } = await runProgram({ file: 'ps', args: ['-o', 'stat=', '-p', `${pid}`], env, timeoutMs: 5_000 });
  return stdout.toString().trim() !== '' && !stdout.toString().startsWith('Z');
}

test('a program runs to its end, and its output and exit are reported', async () => {
  const done = await sh('cat; echo oops >&2; exit 3', { input: 'hello' });
  expect(done).toMatchObject({ code: 3, stderr: 'oops\n', timedOut: false, truncated: false });
  expect(done.stdout.toString()).toBe('hello');
});

test('a program gets the environment that it is given and nothing else', async () => {
  const { stdout } = await runProgram({ file: '/usr/bin/env', args: [], env: { ONE: '1' }, timeoutMs: 5_000 });
  expect(stdout.toString().trim()).toBe('ONE=1');
});

test('a program that cannot be started rejects', async () => {
  await expect(runProgram({ file: '/no/such', args: [], env, timeoutMs: 5_000 })).rejects.toThrow('ENOENT');
});

test('a program that takes too long is ended with everything it started', async () => {
  const done = await sh('sleep 60 & echo $!; wait', { timeoutMs: 150 });
  expect(done).toMatchObject({ code: null, timedOut: true });
  expect(await isAlive(Number(done.stdout.toString()))).toBe(false);
});

test('output beyond its limit is cut off, and the result says so', async () => {
  const done = await sh('head -c 3000000 /dev/zero', { output: { bytesMax: 1_000_000 } });
  expect(done.truncated).toBe(true);
  expect(done.stdout.length).toBeLessThan(1_200_000);
});

test('a program may ignore its input', async () => {
  expect(await sh('exit 0', { input: 'x'.repeat(1 << 20) })).toMatchObject({ code: 0 });
});
