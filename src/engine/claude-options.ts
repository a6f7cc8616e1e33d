/** What the CLI is started with: the folders of its turn, laid out, and the options of the Agent SDK. */
import { lstatSync, rmSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Options } from '@anthropic-ai/claude-agent-sdk';
import { known } from '../base/known.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { claudeProgram, environmentOf, memoryInside, type TurnPaths, treeInside } from './claude-program.ts';
import type { EngineEvent, EngineStart } from './engine.ts';
import { createToolServers } from './tool-server.ts';
import { createTranscriptStore } from './transcripts.ts';
import type { TurnClock } from './turn-clock.ts';

export type Emit = (event: EngineEvent) => void;

/** Creates the folders that the sandbox mounts, and removes a file or link at the place where `.git` is mounted. */
export async function layOut(sandbox: Sandbox, turn: EngineStart, paths: TurnPaths): Promise<void> {
  await mkdir(paths.emptyDir, { recursive: true, mode: 0o755 });
  const { tree, gitView, memory } = turn;
  if (memory) await sandbox.own(memory.path);
  if (!tree) return;
  if (gitView) {
    const place = join(tree.path, '.git');
    if (!lstatSync(place, { throwIfNoEntry: false })?.isDirectory()) rmSync(place, { force: true });
    await mkdir(place, { recursive: true });
  }
  if (tree.writable) await sandbox.own(tree.path);
}

/** Removes an empty `.git`, which was our mount point; anything else is left for the reader of the tree to check. */
export async function clearUp({ tree, gitView }: EngineStart): Promise<void> {
  if (tree && gitView) await rmdir(join(tree.path, '.git')).catch(() => {});
}

export function sdkOptions(turn: EngineStart, smallModel: string, clock: Pick<TurnClock, 'hold'>, emit: Emit): Options {
  const { conversation, builtinTools, tools } = turn;
  return {
    cwd: treeInside,
    additionalDirectories: [...turn.extraMounts.map(({ target }) => target), ...(turn.memory ? [memoryInside] : [])],
    model: turn.model,
    systemPrompt: { type: 'custom', prompt: turn.systemPrompt, snapshot: false },
    // Prompts contain text from outside: it must not make the CLI read a file or run a command.
    verbatimPrompts: true,
    settingSources: [],
    strictMcpConfig: true,
    // The platform makes commits and pull requests, so the CLI's own instructions for them would be wrong.
    settings: { includeGitInstructions: false, attribution: { commit: '', pr: '' } },
    // The sandbox is the boundary. The CLI's own permission questions would have nobody to answer them and would block valid
    // commands.
    permissionMode: 'bypassPermissions',
    allowDangerouslySkipPermissions: true,
    tools: [...builtinTools],
    mcpServers: createToolServers(tools, clock.hold),
    sessionStore: createTranscriptStore((rows) => emit({ kind: 'transcript', rows })),
    sessionStoreFlush: 'eager',
    ...known({ resume: conversation?.engineSessionId }),
    env: environmentOf(turn, smallModel),
    pathToClaudeCodeExecutable: claudeProgram().source,
  };
}
