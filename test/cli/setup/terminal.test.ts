/** The real program on a real terminal, with what a person types there. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { desktopEnvironment, ownEnvironment } from '../../../src/settings.ts';
import { createCliWorkspace } from '../fixture.ts';

const main = join(import.meta.dirname, '../../../src/main.ts');

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'terminal-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function until(holds: () => boolean, what: () => string): Promise<void> {
  for (const end = Date.now() + 180_000; Date.now() < end; await systemClock.sleep(20)) if (holds()) return;
  throw new Error(what());
}

/** Starts jvagent on a terminal of its own, which `script` of util-linux makes. */
function onTerminal(args: readonly string[], env: Record<string, string>) {
  const command = `stty cols 100 rows 40; exec ${[process.execPath, main, ...args].join(' ')}`;
  const child: ChildProcess = spawn('/usr/bin/script', ['-qec', command, '/dev/null'], {
    env: { ...ownEnvironment(), TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let [seen, from] = ['', 0];
  let code: number | null | undefined;
  child.stdout?.on('data', (chunk: Buffer) => {
    seen += stripVTControlCharacters(chunk.toString('utf8'));
  });
  child.on('exit', (ended) => {
    code = ended;
  });
  onTestFinished(() => void (code === undefined && child.kill('SIGKILL')));
  return {
    seen: () => seen,
    /** Waits for a new text, and then types. */
    async answer(question: string, keys: string) {
      await until(
        () => seen.includes(question, from),
        () => `"${question}" did not come:\n${seen}`,
      );
      from = seen.indexOf(question, from) + question.length;
      child.stdin?.write(keys);
    },
    async ended() {
      await until(
        () => code !== undefined,
        () => `it did not end:\n${seen}`,
      );
      return code;
    },
  };
}

test('init hides a token that is typed, says what is wrong with it, and leaves nothing after Ctrl-C', async () => {
  const folder = newFolder();
  const root = join(folder, 'workspace');
  const terminal = onTerminal(['init', root], { HOME: folder });
  await terminal.answer('Id of the agent', '\r');
  await terminal.answer('Azure DevOps organization', 'http://127.0.0.1:1/acme\r');
  await terminal.answer('AZDO_PAT, the token', 'a-token-typed-by-hand\r');
  await terminal.answer('OUTSIDE_UNREACHABLE', '');
  await terminal.answer('AZDO_PAT, the token', '\x03');
  expect(await terminal.ended()).toBe(1);
  expect(terminal.seen()).toContain('Stopped. Nothing was written.');
  expect(terminal.seen()).not.toContain('typed-by-hand');
  expect(existsSync(root)).toBe(false);
});

test('open gives the page to the desktop as one argument', async () => {
  const { root } = createCliWorkspace();
  const folder = newFolder();
  const opened = join(folder, 'opened');
  writeFileSync(
    join(folder, 'xdg-open'),
    `#!/bin/sh\nprintf '%s %s' "$#" "$1" > ${opened}.part; mv ${opened}.part ${opened}\n`,
  );
  chmodSync(join(folder, 'xdg-open'), 0o755);
  const env = { HOME: folder, PATH: `${folder}:${ownEnvironment().PATH}`, DISPLAY: ':9' };
  const args = ['--root', root, 'open', 'codechange/acme'];
  const page = 'https://dev.azure.com/yourorg/acmeProject/_boards';

  const local = onTerminal(args, env);
  expect(await local.ended()).toBe(0);
  await until(
    () => existsSync(opened),
    () => `nothing was opened:\n${local.seen()}`,
  );
  expect(readFileSync(opened, 'utf8')).toBe(`1 ${page}`);
});

test('only a desktop of the person at the keyboard counts, and its programs get no other part of the environment', () => {
  expect(desktopEnvironment({ PATH: '/bin' })).toBeUndefined();
  expect(desktopEnvironment({ DISPLAY: ':0', SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' })).toBeUndefined();
  const env = { PATH: '/bin', WAYLAND_DISPLAY: 'wayland-0', HOME: '/home/erin', ANTHROPIC_API_KEY: 'sk-ant-key' };
  const { ANTHROPIC_API_KEY: _key, ...rest } = env;
  expect(desktopEnvironment(env)).toEqual({ ...rest, LANG: 'C.UTF-8' });
});
