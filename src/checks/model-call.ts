/** Calls a model once, as a turn would: with the real engine in its sandbox, through a gateway that adds the key. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { createCrashPoints } from '../base/crash-points.ts';
import { assert } from '../base/errors.ts';
import { createLog } from '../base/log.ts';
import { bareToken, createRedact } from '../base/redact.ts';
import { createClaudeEngine } from '../engine/claude-engine.ts';
import type { EngineEvent } from '../engine/engine.ts';
import { type OpenGateway, openTurnGateway } from '../engine/gateway/gateway.ts';
import { modelUrlDefault } from '../engine/gateway/provider.ts';
import { limits } from '../limits.ts';
import type { Model } from '../models/model.ts';
import type { Outbound } from '../outbound/outbound.ts';
import { createSandbox } from '../sandbox/sandbox.ts';
import type { Settings } from '../settings.ts';

/** A key of the provider. */
export interface ModelKey {
  readonly value: string;
  /** Such as `ANTHROPIC_API_KEY`. */
  readonly name: string;
  /** Where it is set, relative to the workspace. */
  readonly file: string;
}

export interface ModelCallsOptions {
  settings: Pick<Settings, 'anthropicBaseUrl' | 'sandboxUid'>;
  outbound: Outbound;
  /** Told of each call before it is made. */
  onCall: (model: string) => void;
}

/** How the call ended, with the cost in US dollars. */
export type Called = Extract<EngineEvent, { kind: 'ended' }>;

/** Calls the model; a second question about the same key and model gets the same answer. Never throws because of the model. */
export type CallModel = (model: Model, key: ModelKey) => Promise<Called>;

const bounds = {
  bodyBytesMax: limits.gatewayBodyBytesMax,
  requestsPerMinuteMax: limits.modelCallRequestsMax,
  outputTokensMax: limits.modelCallTokensMax,
};

/** The call belongs to no work item, so no budget counts it; `bounds` keep it small. */
const budget = { reserve: async () => undefined, settle: () => {} };

async function call({ settings, outbound }: ModelCallsOptions, model: Model, key: ModelKey): Promise<Called> {
  const { anthropicBaseUrl: baseUrl = modelUrlDefault, sandboxUid } = settings;
  const log = createLog('doctor', 'silent');
  const provider = { baseUrl, key: key.value, keyName: `${key.name} in ${key.file}`, fetch: outbound.fetch };
  const redact = createRedact([{ name: key.name, value: bareToken(key.value) }]);
  const common = { clock: systemClock, log };
  const gateway = { ...common, provider, models: [model], bounds, budget, redact, refused: () => {} };
  const openGateway: OpenGateway = (opened) => openTurnGateway(gateway, opened);
  const { sandboxProcessesMax: processesMax, sandboxMemoryMb: memoryMb } = limits;
  const sandbox = createSandbox({ sandboxUid, processesMax, memoryMb });
  const crashPoints = createCrashPoints();
  const engine = createClaudeEngine({ ...common, sandbox, openGateway, smallModel: model.id, crashPoints });
  const runDir = mkdtempSync(join(tmpdir(), 'jv-'));
  let ended: Called | undefined;
  try {
    for await (const event of engine.run({
      prompt: 'Answer with the word OK.',
      systemPrompt: 'You answer with one word.',
      model: model.id,
      extraMounts: [],
      builtinTools: [],
      tools: [],
      runDir,
      turnTimeMs: limits.modelCallSecondsMax * 1_000,
      stallMs: limits.modelCallSilentSecondsMax * 1_000,
      retriesMax: 0,
      signal: new AbortController().signal,
    }))
      if (event.kind === 'ended') ended = event;
  } finally {
    rmSync(runDir, { recursive: true, force: true });
  }
  assert(ended, 'the engine ended without saying so');
  return ended;
}

/** Each key and model is called once, however many agents use them. */
export function createModelCalls(options: ModelCallsOptions): CallModel {
  const made = new Map<string, Promise<Called>>();
  return (model, key) => {
    const id = JSON.stringify([key.file, key.value, model.id]);
    const known = made.get(id);
    if (known) return known;
    options.onCall(model.id);
    const called = call(options, model, key);
    made.set(id, called);
    return called;
  };
}
