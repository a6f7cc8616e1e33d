/** What commands that wait show on a terminal meanwhile, and how doctor ends. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runProgram } from '../../../src/base/program.ts';
import { ownEnvironment } from '../../../src/settings.ts';
import { startEmulated } from '../emulated.ts';
import { createCliWorkspace, jvagentOn } from '../fixture.ts';

const acme = 'codechange/acme';
const terminal = { columns: () => 80, rows: () => 24, hasColours: false, showsErrors: true };

test.each([
  ['explain', [acme, '1'], 'Looking at work item 1 ('],
  ['heartbeat', [acme, '--dry-run'], `Looking at the board of ${acme} (`],
  ['doctor', [acme, '--no-model'], `Checking ${acme} (`],
])('%s says what it waits for, on a terminal only', async (command, args, shown) => {
  const { root, emulators } = await startEmulated();
  const slow = () => emulators.faults.add({ target: 'azureDevOps', times: 1, do: { delayMs: 1_500 } });
  const all = ['--root', root, command, ...args];
  slow();
  expect((await jvagentOn(terminal, all)).err).toContain(shown);
  slow();
  expect((await jvagentOn(terminal, [...all, '--json'])).err).toBe('');
  expect((await jvagentOn(undefined, all)).err).toBe('');
});

test('doctor ends with a line that says whether all is well, but in JSON', async () => {
  const { emulators, run } = await startEmulated();
  const lastOf = async (...flags: string[]) =>
    (await run('doctor', '--no-model', ...flags)).out.trimEnd().split('\n').at(-1);
  expect(await lastOf()).toMatch(/^All is well: \d\d checks\.$/);
  expect(await lastOf('--json')).toBe(']');
  emulators.faults.add({ target: 'github', match: { path: '/user/repos' }, do: { status: 403 } });
  expect(await lastOf()).toMatch(/^Nothing fails\. 1 of \d\d checks warn\.$/);
});

test('colours are for terminals, or for whoever asks for them by FORCE_COLOR', async () => {
  const { root } = createCliWorkspace();
  const args = [join(import.meta.dirname, '../../../src/main.ts'), '--root', root, 'doctor', '--offline'];
  const outOf = async (more: Record<string, string>) => {
    const env = { ...ownEnvironment(), TERM: 'xterm', HOME: root, ...more };
    return (await runProgram({ file: process.execPath, args, env, timeoutMs: 120_000 })).stdout.toString('utf8');
  };
  const isPainted = (text: string) => text.includes('\u001b[');
  const onTerminal = async (more: Record<string, string>) => {
    const env = { ...ownEnvironment(), TERM: 'xterm', HOME: root, ...more };
    const script = ['-qec', [process.execPath, ...args].join(' '), '/dev/null'];
    return (await runProgram({ file: '/usr/bin/script', args: script, env, timeoutMs: 120_000 })).stdout.toString(
      'utf8',
    );
  };
  expect(await onTerminal({})).toContain('\u001b[32m  ok');
  expect(await onTerminal({ NO_COLOR: '1' })).not.toContain('\u001b[32m');
  expect(isPainted(await outOf({}))).toBe(false);
  expect(isPainted(await outOf({ FORCE_COLOR: '1' }))).toBe(true);
  expect(isPainted(await outOf({ FORCE_COLOR: '0' }))).toBe(false);
});
