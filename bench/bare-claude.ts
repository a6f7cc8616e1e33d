/** The bare Claude Code CLI, as people run it in a script: `claude -p`, on the machine itself or in our sandbox. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { claudeProgram, startClaude, treeInside } from '../src/engine/claude-program.ts';
import { configFiles } from '../src/engine/config-folder.ts';
import { nodeProgram } from '../src/sandbox/layout.ts';
import { noNetwork } from '../src/sandbox/network.ts';
import type { Sandbox } from '../src/sandbox/sandbox.ts';

export interface BareRun {
  prompt: string;
  model: string;
  /** Tools that the CLI may use without a question. */
  allowedTools: readonly string[];
  /** Further arguments. */
  args?: readonly string[];
}

const argsOf = ({ prompt, model, allowedTools, args = [] }: BareRun) => [
  ...['-p', prompt, '--model', model, '--permission-mode', 'dontAsk'],
  ...['--allowedTools', allowedTools.join(',')],
  ...args,
];

/** Resolves when the program has ended with what it printed; throws unless it ended well. */
async function ended(child: ChildProcessByStdio<Writable | null, Readable, Readable>): Promise<string> {
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    said.out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said.err += chunk.toString();
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`claude -p ended with ${code}: ${said.err || said.out}`);
  return said.out;
}

/** On the machine itself, in `cwd`, with a home of its own that stays between its starts. Resolves with what it printed. */
export async function runBare(run: BareRun, { baseUrl, home, cwd }: { baseUrl: string; home: string; cwd: string }) {
  mkdirSync(home, { recursive: true });
  const child = spawn(claudeProgram().source, argsOf(run), {
    cwd,
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: home,
      LANG: 'C.UTF-8',
      ANTHROPIC_API_KEY: 'sk-bench-no-key-at-all',
      ANTHROPIC_BASE_URL: baseUrl,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return ended(child);
}

/** The same in our sandbox; its calls go through the same unix socket as our engine's, but past no gateway. */
export async function runSandboxed(
  run: BareRun,
  { sandbox, port, folder, env }: { sandbox: Sandbox; port: number; folder: string; env: Record<string, string> },
): Promise<string> {
  const place = mkdtempSync(join(folder, 's-'));
  const [tree, socket] = [join(place, 'tree'), join(place, 'gw.sock')];
  mkdirSync(tree);
  await sandbox.own(tree);
  const way = createServer((inside) => {
    const outside = connect(port, '127.0.0.1');
    inside.pipe(outside).pipe(inside);
    for (const side of [inside, outside]) side.on('error', () => side.destroy());
  });
  await new Promise<void>((resolve) => way.listen(socket, resolve));
  chmodSync(socket, 0o666);
  const mounts = [
    claudeProgram(),
    nodeProgram(),
    { source: socket, target: '/run/gateway.sock', writable: true },
    { source: tree, target: treeInside, writable: true },
  ];
  const { child, kill } = startClaude(
    sandbox,
    noNetwork,
    { mounts, home: configFiles(treeInside, undefined) },
    {
      command: '',
      args: argsOf(run),
      env,
      signal: new AbortController().signal,
    },
  );
  child.stdin.end();
  try {
    return await ended(child);
  } finally {
    kill();
    way.close();
  }
}
