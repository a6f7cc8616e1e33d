/** A workspace whose only agents answer questions, and the command line that asks them. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { runCommandLine } from '../../src/cli/program.ts';
import { ownEnvironment } from '../../src/settings.ts';
import type { StoredSession } from '../../src/store/session-rows.ts';
import { call, type Replies, type SceneDraft } from './scripts.ts';
import type { World } from './world.ts';

/** What the model answers when it is asked something with these words. */
export function asked(words: string, replies: Replies): SceneDraft {
  return { when: { prompt: `^\\[jvagent\\] phase=conversation session=.*${words}` }, replies };
}

export const reply = (text: string) => call('mcp__jv__reply', { text });

/** An agent without a board, and further files of it. */
export function putAgent(root: string, id: string, config: object = {}, files: Record<string, string> = {}): void {
  const own = { id, autoRun: { enabled: true, debounceMs: 60_000 }, ...config };
  for (const [name, text] of Object.entries({ 'jvAgent.json': JSON.stringify(own), ...files })) {
    const path = join(root, id, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode: name.endsWith('.env') ? 0o600 : 0o644 });
  }
}

export interface Said {
  code: number;
  out: string;
  err: string;
}

/** Carries out a command line; `said` grows while it lasts. */
function run({ root }: Pick<World, 'root'>, args: readonly string[]): { said: Said; ended: Promise<Said> } {
  const said: Said = { code: -1, out: '', err: '' };
  const ended = runCommandLine(['--root', root, ...args], {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
  });
  return {
    said,
    ended: ended.then((code) => {
      said.code = code;
      return said;
    }),
  };
}

const asking = (to: string, text: string, ...more: string[]) => {
  return ['send', `agent/${to}`, 'ask', JSON.stringify({ text }), '--wait', ...more];
};

/** Asks and waits for the answer. */
export const ask = (world: World, to: string, text: string, ...more: string[]) =>
  run(world, asking(to, text, ...more)).ended;

/** Asks, and goes on while the answer is waited for. */
export const beginToAsk = (world: World, to: string, text: string) => run(world, asking(to, text));

export const command = (world: World, ...args: string[]) => run(world, args).ended;

/** The same in a process of its own, which can be interrupted. */
export function askInProcess({ root }: World, to: string, text: string) {
  const main = join(import.meta.dirname, '../../src/main.ts');
  const child = spawn(process.execPath, [main, '--root', root, ...asking(to, text)], {
    env: { ...ownEnvironment(), HOME: root },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    said.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said.err += chunk;
  });
  const ended = new Promise<Said>((resolve) => child.once('close', (code) => resolve({ code: code ?? -1, ...said })));
  return { said, ended, interrupt: () => child.kill('SIGINT') };
}

export const sessionOf = (
  { supervisor }: World,
  agentId: string,
  sessionId = 'main',
): Promise<StoredSession | undefined> => supervisor.store.sessions.get(agentId, sessionId);
