/**
 * The engine: the complete Claude Code CLI in a sandbox, controlled through the Agent SDK.
 *
 * configuration folder with the conversation's rows -> gateway -> CLI in the sandbox -> words -> its messages as events -> ended
 *
 * One that is started in advance goes the same way, and waits for its words. Only the tree and the reported rows of a turn are used
 * again.
 */
import { once } from 'node:events';
import { type Options, query, type SDKMessage, type SDKUserMessage } from '@anthropic-ai/claude-agent-sdk';
import type { Clock } from '../base/clock.ts';
import type { CrashPoints } from '../base/crash-points.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { type Network, noNetwork } from '../sandbox/network.ts';
import { probeSandbox } from '../sandbox/probe.ts';
import type { Sandbox, Sandboxed } from '../sandbox/sandbox.ts';
import { type Channel, createChannel } from './channel.ts';
import { clearUp, type Emit, layOut, sdkOptions } from './claude-options.ts';
import { mountsOf, startClaude, type TurnPaths, treeInside, turnPaths } from './claude-program.ts';
import { configFiles } from './config-folder.ts';
import type { Engine, EngineEvent, EngineStart, EngineWords, StartedEngine, TurnFault } from './engine.ts';
import type { OpenGateway, TurnGateway } from './gateway/gateway.ts';
import { createEventReader, endOf, type ProgramEnd } from './sdk-events.ts';
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

const stderrCharsKept = 2_000;

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

/** A turn of the engine on its way. */
interface Started {
  start: EngineStart;
  paths: TurnPaths;
  network: Network;
  turnClock: TurnClock;
  /** Resolves once it is told something, or when it is stopped before. */
  words: Promise<EngineWords | undefined>;
  emit: Emit;
}

async function hasEnded({ child }: Sandboxed): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  await once(child, 'exit');
}

/** Undefined where programs are isolated as they should be. */
async function faultOfSandbox(sandbox: Sandbox): Promise<End | undefined> {
  const refusal = await probeSandbox(sandbox);
  return refusal && { outcome: 'error', fault: { kind: 'sandbox', refusal } };
}

function noteLost(message: SDKMessage, log: Log): void {
  if (message.type !== 'system' || message.subtype !== 'mirror_error') return;
  log.error('the engine could not report some rows of its transcript');
}

const whyOf = (error: unknown, stderr: string) => [messageOf(error), stderr].filter(Boolean).join(': ');

/** Starts the CLI, gives it its words, and passes on its messages until it ends. */
async function converse(
  { sandbox, smallModel, crashPoints, log }: ClaudeEngineOptions,
  started: Started,
): Promise<End> {
  const { start, paths, network, turnClock, words, emit } = started;
  let end: ProgramEnd | undefined;
  let sandboxed: Sandboxed | undefined;
  let stderr = '';
  let heard = false;
  let telling: Channel<SDKUserMessage> | undefined;
  const found = { mounts: mountsOf(start, paths), home: configFiles(treeInside, start.conversation) };
  const stop = new AbortController();
  const kill = () => {
    sandboxed?.kill();
    stop.abort();
  };
  const eventsOf = createEventReader();
  const options: Options = {
    ...sdkOptions(start, smallModel, turnClock, emit),
    abortController: stop,
    spawnClaudeCodeProcess(wanted) {
      sandboxed = startClaude(sandbox, network, found, wanted);
      sandboxed.child.stderr.on('data', (chunk: Buffer) => {
        stderr = (stderr + chunk.toString('utf8')).slice(-stderrCharsKept);
      });
      crashPoints.reach('engine.start', sandboxed.kill);
      return sandboxed.child;
    },
  };
  async function* prompt() {
    const said = await words;
    if (!said) return;
    telling = wordsOf(said);
    yield* telling;
  }
  turnClock.signal.addEventListener('abort', kill, { once: true });
  try {
    const messages = query({ prompt: prompt(), options });
    const noteStart = () => {
      heard = true;
      turnClock.touch();
    };
    // If it does not start, its messages end with the reason.
    void messages.initializationResult().then(noteStart, () => {});
    for await (const message of messages) {
      turnClock.touch();
      if (message.type === 'result') {
        end = endOf(message);
        telling?.close();
      }
      noteLost(message, log);
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
    const neverStarted = !heard && !turnClock.cause();
    return (neverStarted && (await faultOfSandbox(sandbox))) || { outcome: 'error', why: whyOf(error, stderr) };
  } finally {
    kill();
    if (sandboxed) await hasEnded(sandboxed);
  }
}

async function conduct(
  options: ClaudeEngineOptions,
  start: EngineStart,
  words: Promise<EngineWords | undefined>,
  emit: Emit,
): Promise<void> {
  const { sandbox, openGateway, openNetwork = async () => noNetwork, clock } = options;
  const turnClock = startTurnClock({ ...start, clock });
  void words.then((said) => said && turnClock.begin());
  const paths = turnPaths(start.runDir);
  let gateway: TurnGateway | undefined;
  let network: Network | undefined;
  let end: End = { outcome: 'aborted' };
  let silence: TurnFault | undefined;
  // Read before the program is ended, because that ends its open calls too.
  turnClock.signal.addEventListener('abort', () => {
    silence = gateway?.silence();
  });
  try {
    await layOut(sandbox, start, paths);
    gateway = await openGateway({ socketPath: paths.socketPath, onActivity: turnClock.touch });
    network = await openNetwork();
    if (!turnClock.cause()) end = await converse(options, { start, paths, network, turnClock, words, emit });
  } catch (error) {
    end = { outcome: 'error', why: messageOf(error) };
  }
  turnClock.stop();
  await gateway?.close();
  await network?.close();
  await clearUp(start);
  const { usd, ...tokens } = gateway?.spent() ?? { usd: 0, input: 0, cached: 0, output: 0 };
  const seen = { end, cause: turnClock.cause(), refusal: gateway?.refusal(), fault: gateway?.fault(), silence };
  emit({ kind: 'ended', ...judge(start, seen), usd, tokens });
}

export function createClaudeEngine(options: ClaudeEngineOptions): Engine {
  function start(wanted: EngineStart): StartedEngine {
    const events = createChannel<EngineEvent>();
    const unused = new AbortController();
    const signal = AbortSignal.any([wanted.signal, unused.signal]);
    const words = Promise.withResolvers<EngineWords | undefined>();
    const unsaid = () => words.resolve(undefined);
    signal.addEventListener('abort', unsaid, { once: true });
    if (signal.aborted) unsaid();
    const ended = conduct(options, { ...wanted, signal }, words.promise, startedFirst(events.push)).finally(
      events.close,
    );
    async function end(): Promise<void> {
      unused.abort();
      await ended;
    }
    return {
      async *talk(said) {
        words.resolve(said);
        try {
          yield* events;
        } finally {
          await end();
        }
      },
      end,
    };
  }

  return {
    start,
    async *run(run) {
      yield* start(run).talk(run);
    },
  };
}
