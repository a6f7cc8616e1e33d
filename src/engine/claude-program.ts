/** The Claude Code CLI as a program in the sandbox: its path, its mounts, and its environment, which is built from nothing. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { SpawnOptions } from '@anthropic-ai/claude-agent-sdk';
import { insideHome, insidePath, type Mount, nodeProgram, type SandboxSpec } from '../sandbox/layout.ts';
import type { Network } from '../sandbox/network.ts';
import type { Sandbox, Sandboxed } from '../sandbox/sandbox.ts';
import { configFolder } from './config-folder.ts';
import type { EngineStart } from './engine.ts';

/** Fixed paths inside, so that a conversation can continue in any tree on any node, and no path of the host is revealed. */
export const treeInside = '/tree';
const configInside = `${insideHome}/${configFolder}`;
export const memoryInside = '/memory';
const cliInside = '/opt/claude/claude';
const socketInside = '/run/gateway.sock';
const gatewayPort = '8080';

/** The mount of the CLI that the Agent SDK ships for this machine. */
export function claudeProgram(): Mount {
  const sdk = createRequire(import.meta.url).resolve('@anthropic-ai/claude-agent-sdk');
  const name = `@anthropic-ai/claude-agent-sdk-${process.platform}-${process.arch}/claude`;
  return { source: createRequire(sdk).resolve(name), target: cliInside };
}

/** The folders of one turn on the host. */
export interface TurnPaths {
  socketPath: string;
  /** Mounted as the tree if a turn has none. */
  emptyDir: string;
}

export const turnPaths = (runDir: string): TurnPaths => ({
  socketPath: join(runDir, 'gw.sock'),
  emptyDir: join(runDir, 'empty'),
});

export function mountsOf({ tree, gitView, memory, extraMounts }: EngineStart, paths: TurnPaths): Mount[] {
  const files: Mount = tree
    ? { source: tree.path, target: treeInside, writable: tree.writable, readOnlyPaths: tree.readOnlyPaths }
    : { source: paths.emptyDir, target: treeInside };
  return [
    claudeProgram(),
    nodeProgram(),
    { source: paths.socketPath, target: socketInside, writable: true },
    files,
    ...(gitView ? [{ source: gitView.path, target: `${treeInside}/.git` }] : []),
    ...(memory
      ? [{ source: memory.path, target: memoryInside, writable: true, readOnlyPaths: memory.readOnlyPaths }]
      : []),
    ...extraMounts.map(({ source, target, closedPaths = [] }) => ({ source, target, closedPaths })),
  ];
}

/**
 * The names are Claude Code's, and the turn's secrets cannot override them. The key is a placeholder that the gateway
 * drops. `smallModel` is the model for small tasks.
 */
export const environmentOf = (
  { stallMs, retriesMax = 6, secrets = {} }: EngineStart,
  smallModel: string,
): Record<string, string> => ({
  ...secrets,
  PATH: insidePath,
  HOME: insideHome,
  SHELL: '/bin/bash',
  LANG: 'C.UTF-8',
  TMPDIR: '/tmp',
  CLAUDE_CONFIG_DIR: configInside,
  ANTHROPIC_API_KEY: 'the-gateway-has-the-key',
  ANTHROPIC_BASE_URL: `http://localhost:${gatewayPort}`,
  ANTHROPIC_DEFAULT_HAIKU_MODEL: smallModel,
  ANTHROPIC_SMALL_FAST_MODEL: smallModel,
  // Uses exactly the named model.
  CLAUDE_CODE_DISABLE_LEGACY_MODEL_REMAP: '1',
  CLAUDE_CODE_DISABLE_MODEL_ACCESS_FALLBACK: '1',
  CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS: '1',
  // The pauses double from half a second. If the provider is down for longer, the turn ends and the session waits.
  CLAUDE_CODE_MAX_RETRIES: String(retriesMax),
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  DISABLE_AUTOUPDATER: '1',
  // A command must end before the silence after which a turn counts as stalled.
  BASH_DEFAULT_TIMEOUT_MS: String(Math.min(120_000, Math.floor(stallMs * 0.8))),
  BASH_MAX_TIMEOUT_MS: String(Math.floor(stallMs * 0.8)),
  GIT_OPTIONAL_LOCKS: '0',
});

/** Connects a port on the sandbox's own loopback to the gateway's socket, then starts the CLI. */
const bridge = `socat TCP-LISTEN:${gatewayPort},bind=127.0.0.1,fork,reuseaddr UNIX-CONNECT:${socketInside} </dev/null >/dev/null 2>&1 &
exec "$@"`;

/** What the program finds in the sandbox: mounts, and files of its home folder. */
type Found = Required<Pick<SandboxSpec, 'mounts' | 'home'>>;

/** Starts the program that the SDK asks for, but in the sandbox. */
export function startClaude(
  sandbox: Sandbox,
  network: Network,
  { mounts, home }: Found,
  { args, env }: SpawnOptions,
): Sandboxed {
  const given = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const spec: SandboxSpec = {
    program: '/bin/bash',
    args: ['-c', bridge, 'engine', cliInside, ...args],
    env: Object.fromEntries(given),
    cwd: treeInside,
    mounts,
    home,
  };
  return sandbox.spawn(network.through(spec));
}
