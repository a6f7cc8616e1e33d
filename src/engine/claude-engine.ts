/**
 * The engine: the complete Claude Code CLI in a sandbox, controlled through the Agent SDK.
 *
 * configuration folder with the conversation's rows -> gateway -> CLI in the sandbox -> its messages as events -> ended
 *
 * Only the tree and the reported rows of a turn are used again.
 */
import { lstatSync, rmSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Options, query } from '@anthropic-ai/claude-agent-sdk';
import type { Clock } from '../base/clock.ts';
import type { CrashPoints } from '../base/crash-points.ts';
import { messageOf } from '../base/errors.ts';
import { known } from '../base/known.ts';
import type { Log } from '../base/log.ts';
import { type Network, noNetwork } from '../sandbox/network.ts';
import { probeSandbox } from '../sandbox/probe.ts';
import type { Sandbox, Sandboxed } from '../sandbox/sandbox.ts';
import { createChannel } from './channel.ts';
import {
  claudeProgram,
  environmentOf,
  memoryInside,
  mountsOf,
  startClaude,
  type TurnPaths,
  treeInside,
  turnPaths,
} from './claude-program.ts';
import type { Engine, EngineEvent, EngineRun, TurnFault } from './engine.ts';
import type { OpenGateway, TurnGateway } from './gateway/gateway.ts';
import { createEventReader, endOf, type ProgramEnd } from './sdk-events.ts';
import { createToolServers } from './tool-server.ts';
import { createTranscriptStore, writeTranscript } from './transcripts.ts';
import { startTurnClock, type TurnClock } from './turn-clock.ts';
import { type End, judge } from './turn-end.ts';
import { wordsOf } from './words.ts';

export interface ClaudeEngineOptions {
  sandbox: Sandbox;
  openGateway: OpenGateway;
  /** The id of the model that the CLI uses for small tasks. */
  smallModel: string;
  /** The network of a turn in addition to the gateway; none by default. */
  openNetwork?: () => Promise<Network>;
  crashPoints: CrashPoints;
  clock: Clock;
  log: Log;
}

type Emit = (event: EngineEvent) => void;
const stderrCharsKept = 2_000;

/** Creates the folders that the sandbox mounts, and removes a file or link at the place where `.git` is mounted. */
async function layOut(sandbox: Sandbox, turn: EngineRun, paths: TurnPaths): Promise<void> {
  await mkdir(paths.configDir, { recursive: true, mode: 0o700 });
  await mkdir(paths.emptyDir, { recursive: true, mode: 0o755 });
  const { conversation, tree, gitView, memory } = turn;
  if (conversation) await writeTranscript(paths.configDir, treeInside, conversation.engineSessionId, conversation.rows);
  await sandbox.own(paths.configDir);
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
async function clearUp({ tree, gitView }: EngineRun): Promise<void> {
  if (tree && gitView) await rmdir(join(tree.path, '.git')).catch(() => {});
}

function sdkOptions(turn: EngineRun, smallModel: string, clock: TurnClock, emit: Emit): Options {
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

/** Holds rows back until the `started` event has named their conversation. */
function startedFirst(emit: Emit): Emit {
  const held: EngineEvent[] = [];
  let started = false;
  return (event) => {
    if (event.kind === 'transcript' && !started) {
      held.push(event);
      return;
    }
    emit(event);
    if (event.kind !== 'started' || started) return;
    started = true;
    for (const earlier of held) emit(earlier);
  };
}

/** Starts the CLI and passes on its messages until it ends. */
async function converse(
  { sandbox, smallModel, crashPoints, log }: ClaudeEngineOptions,
  turn: EngineRun,
  paths: TurnPaths,
  network: Network,
  turnClock: TurnClock,
  emit: Emit,
): Promise<End> {
  let end: ProgramEnd | undefined;
  let sandboxed: Sandboxed | undefined;
  let stderr = '';
  let heard = false;
  const stop = new AbortController();
  const kill = () => {
    sandboxed?.kill();
    stop.abort();
  };
  const eventsOf = createEventReader();
  const options: Options = {
    ...sdkOptions(turn, smallModel, turnClock, emit),
    abortController: stop,
    spawnClaudeCodeProcess(wanted) {
      sandboxed = startClaude(sandbox, network, mountsOf(turn, paths), wanted);
      sandboxed.child.stderr.on('data', (chunk: Buffer) => {
        stderr = (stderr + chunk.toString('utf8')).slice(-stderrCharsKept);
      });
      crashPoints.reach('engine.start', sandboxed.kill);
      return sandboxed.child;
    },
  };
  turnClock.signal.addEventListener('abort', kill, { once: true });
  const words = wordsOf(turn);
  try {
    for await (const message of query({ prompt: words, options })) {
      turnClock.touch();
      heard = true;
      if (message.type === 'result') {
        end = endOf(message);
        words.close();
      }
      if (message.type === 'system' && message.subtype === 'mirror_error')
        log.error('the engine could not report some rows of its transcript');
      for (const event of eventsOf(message)) {
        emit(event);
        crashPoints.reach('engine.event', () => sandboxed?.kill());
      }
    }
    return end ?? { outcome: 'error', why: 'the engine ended without a result' };
  } catch (error) {
    if (end?.outcome === 'done') return end;
    const over = sandboxed?.overLimit();
    if (over) return { outcome: 'error', why: over };
    // An error that the SDK throws after a result only repeats the result.
    if (end) return end;
    const closed = heard || turnClock.cause() ? undefined : await probeSandbox(sandbox);
    if (closed) return { outcome: 'error', fault: { kind: 'sandbox', refusal: closed } };
    return { outcome: 'error', why: [messageOf(error), stderr].filter(Boolean).join(': ') };
  } finally {
    kill();
  }
}

async function conduct(options: ClaudeEngineOptions, turn: EngineRun, emit: Emit): Promise<void> {
  const { sandbox, openGateway, openNetwork = async () => noNetwork, clock } = options;
  const turnClock = startTurnClock({ ...turn, clock });
  const paths = turnPaths(turn.runDir);
  let gateway: TurnGateway | undefined;
  let network: Network | undefined;
  let end: End = { outcome: 'aborted' };
  let silence: TurnFault | undefined;
  // Read before the program is ended, because that ends its open calls too.
  turnClock.signal.addEventListener('abort', () => {
    silence = gateway?.silence();
  });
  try {
    await layOut(sandbox, turn, paths);
    gateway = await openGateway({ socketPath: paths.socketPath, onActivity: turnClock.touch });
    network = await openNetwork();
    if (!turnClock.cause()) end = await converse(options, turn, paths, network, turnClock, emit);
  } catch (error) {
    end = { outcome: 'error', why: messageOf(error) };
  }
  turnClock.stop();
  await gateway?.close();
  await network?.close();
  await clearUp(turn);
  const { usd, ...tokens } = gateway?.spent() ?? { usd: 0, input: 0, cached: 0, output: 0 };
  const seen = { end, cause: turnClock.cause(), refusal: gateway?.refusal(), fault: gateway?.fault(), silence };
  emit({ kind: 'ended', ...judge(turn, seen), usd, tokens });
}

export function createClaudeEngine(options: ClaudeEngineOptions): Engine {
  return {
    async *run(turn) {
      const events = createChannel<EngineEvent>();
      const unread = new AbortController();
      const signal = AbortSignal.any([turn.signal, unread.signal]);
      const ended = conduct(options, { ...turn, signal }, startedFirst(events.push)).finally(events.close);
      try {
        yield* events;
      } finally {
        unread.abort();
        await ended;
      }
    },
  };
}
