/** One turn of the real CLI against the scripted model, with everything in a folder of the test. */
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { createAnthropic } from '../../emulators/anthropic/anthropic.ts';
import type { Script } from '../../emulators/anthropic/script.ts';
import { systemClock } from '../../src/base/clock.ts';
import { createCrashPoints } from '../../src/base/crash-points.ts';
import { listen } from '../../src/base/http.ts';
import { createLog } from '../../src/base/log.ts';
import { type ClaudeEngineOptions, createClaudeEngine } from '../../src/engine/claude-engine.ts';
import type { EngineEvent, EngineRun, EngineStart } from '../../src/engine/engine.ts';
import { openTurnGateway } from '../../src/engine/gateway/gateway.ts';
import { type Model, modelNamed } from '../../src/models/model.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { type GatewayParts, gatewayOptions } from './gateway-options.ts';

type Kind = EngineEvent['kind'];
type Of<K extends Kind> = Extract<EngineEvent, { kind: K }>;

export const ofKind = <K extends Kind>(events: readonly EngineEvent[], kind: K) =>
  events.filter((event): event is Of<K> => event.kind === kind);

export const endOf = (events: readonly EngineEvent[]) => ofKind(events, 'ended').at(-1);

/** The newest of a family, or an id, as an agent's configuration names it. */
export function modelOf(name: string): Model {
  return modelNamed(name) ?? expect.fail(`${name} is no model`);
}

const silent = createLog('test', 'silent');

/** `answer` stands before the scripted model, and may leave a request to it. */
export async function openEngine(
  script: Script,
  gatewayMore: Partial<GatewayParts> = {},
  engineMore: Partial<ClaudeEngineOptions> & { answer?: (nth: number) => Response | undefined } = {},
) {
  const model = modelOf('claude-sonnet-5');
  const root = await mkdtemp(join(tmpdir(), 'jv-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const provider = createAnthropic({ script });
  let asked = 0;
  const { answer = () => undefined, ...ownMore } = engineMore;
  const listener = await listen((request) => answer(asked++) ?? provider.handler(request));
  onTestFinished(() => listener.close());
  const sandbox = createSandbox({ sandboxUid: 20001, processesMax: 256, memoryMb: 2_048 });
  const options = gatewayOptions({
    baseUrl: listener.url,
    key: 'sk-real',
    keyName: 'ANTHROPIC_API_KEY in .env',
    refused: () => {},
    models: [model],
    bodyBytesMax: 1 << 20,
    requestsPerMinuteMax: 100,
    outputTokensMax: 8_000,
    budget: { reserve: async () => undefined, settle: () => {} },
    redact: (text) => text,
    clock: systemClock,
    log: silent,
    ...gatewayMore,
  });
  const engine = createClaudeEngine({
    sandbox,
    openGateway: (opened) => openTurnGateway(options, opened),
    smallModel: model.id,
    crashPoints: createCrashPoints(),
    clock: systemClock,
    log: silent,
    ...ownMore,
  });
  let turns = 0;

  function beginning() {
    turns += 1;
    const runDir = join(root, `run-${turns}`);
    mkdirSync(runDir, { mode: 0o700 });
    return {
      systemPrompt: 'You change code.',
      model: model.id,
      extraMounts: [],
      builtinTools: ['Bash'],
      tools: [],
      runDir,
      turnTimeMs: 30_000,
      stallMs: 20_000,
      signal: new AbortController().signal,
    };
  }

  /** Starts one in advance; it is ended after the test. */
  function start(more: Partial<EngineStart> = {}) {
    const begun = { ...beginning(), ...more };
    const started = engine.start(begun);
    onTestFinished(() => started.end());
    return { started, runDir: begun.runDir };
  }

  async function turn(more: Partial<EngineRun>, onEvent: (event: EngineEvent) => void = () => {}) {
    const events: EngineEvent[] = [];
    for await (const event of engine.run({ prompt: 'go', ...beginning(), ...more })) {
      events.push(event);
      onEvent(event);
    }
    return events;
  }

  const makeTree = () => {
    const path = join(root, 'tree');
    mkdirSync(path);
    return path;
  };
  return { model: provider, host: new URL(listener.url).host, root, makeTree, start, turn };
}
