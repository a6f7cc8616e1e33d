/**
 * Measures a turn of our engine (Agent SDK, sandbox, gateway, tools) and of the bare `claude -p`, with the same prompt and the same
 * scripted model, in turns: A B C D, A B C D. Ours is measured cold, with nothing started, and warm, with an engine that was started while its turn was prepared.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAnthropic } from '../emulators/anthropic/anthropic.ts';
import { systemClock } from '../src/base/clock.ts';
import { createCrashPoints } from '../src/base/crash-points.ts';
import { type Listener, listen } from '../src/base/http.ts';
import { createLog } from '../src/base/log.ts';
import { createClaudeEngine } from '../src/engine/claude-engine.ts';
import { environmentOf } from '../src/engine/claude-program.ts';
import type { Engine, EngineEvent, EngineRun, EngineTool } from '../src/engine/engine.ts';
import { type GatewayOptions, type OpenGateway, openTurnGateway } from '../src/engine/gateway/gateway.ts';
import { limits } from '../src/limits.ts';
import { type Model, modelNamed } from '../src/models/model.ts';
import { createSandbox, type Sandbox } from '../src/sandbox/sandbox.ts';
import { runBare, runSandboxed } from './bare-claude.ts';
import { type Measured, median, medianRatio, timed } from './measure.ts';

const rounds = 9;
/** As long as a batch of messages is waited for: an engine that was started in advance is ready then. */
const readyMs = 2_000;
const words = { prompt: 'Look around.', allowedTools: ['Bash'] };

const script = {
  scenes: [{ replies: [[{ tool: 'Bash', input: { command: 'ls' } }], [{ text: 'There is nothing here.' }]] }],
};

function modelAsked(): Model {
  const model = modelNamed('sonnet');
  if (!model) throw new Error('bug: no model is called sonnet');
  return model;
}

const model = modelAsked();

/** Tools such as each turn of ours has; the scripted model does not call them. */
const tools: readonly EngineTool[] = ['reply', 'no-reply', 'send-message', 'grep-logs'].map((name) => ({
  name,
  description: `Stands for ${name}.`,
  inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
  call: async () => 'done',
}));

function gatewayTo(provider: Listener): OpenGateway {
  const { gatewayBodyBytesMax: bodyBytesMax, outputTokensMax } = limits;
  const options: GatewayOptions = {
    provider: { baseUrl: provider.url, key: 'sk-bench', keyName: 'a key of the benchmark', fetch },
    models: [model],
    bounds: { bodyBytesMax, requestsPerMinuteMax: 1_000, outputTokensMax },
    budget: { reserve: async () => undefined, settle: () => {} },
    redact: (text: string) => text,
    refused: () => {},
    clock: systemClock,
    log: createLog('bench', 'silent'),
  };
  return (turn) => openTurnGateway(options, turn);
}

const engineOn = (sandbox: Sandbox, openGateway: OpenGateway): Engine =>
  createClaudeEngine({
    sandbox,
    openGateway,
    smallModel: model.id,
    crashPoints: createCrashPoints(),
    clock: systemClock,
    log: createLog('bench', 'silent'),
  });

const runIn = (folder: string): EngineRun => ({
  prompt: words.prompt,
  systemPrompt: 'You look around.',
  model: model.id,
  tree: { path: join(folder, 'tree'), writable: false, readOnlyPaths: [] },
  extraMounts: [],
  builtinTools: ['Bash'],
  tools,
  runDir: mkdtempSync(join(folder, 'r-')),
  turnTimeMs: 60_000,
  stallMs: 60_000,
  signal: new AbortController().signal,
});

async function untilDone(events: AsyncIterable<EngineEvent>): Promise<void> {
  for await (const event of events) {
    if (event.kind === 'ended' && event.outcome !== 'done')
      throw new Error(`the turn ended ${event.outcome}: ${event.why}`);
  }
}

/** The milliseconds of a turn whose engine was started while its facts were gathered. */
async function warmMs(engine: Engine, run: EngineRun): Promise<number> {
  const started = engine.start(run);
  try {
    await systemClock.sleep(readyMs);
    return await timed(() => untilDone(started.talk({ prompt: run.prompt })));
  } finally {
    await started.end();
  }
}

async function measure(folder: string, provider: Listener) {
  const { sandboxProcessesMax: processesMax, sandboxMemoryMb: memoryMb } = limits;
  const sandbox = createSandbox({ sandboxUid: 20_001, processesMax, memoryMb });
  const engine = engineOn(sandbox, gatewayTo(provider));
  const [home, cwd] = [join(folder, 'home'), join(folder, 'tree')];
  mkdirSync(cwd, { mode: 0o755 });
  const run = { ...words, model: model.id };
  const bare = () => runBare(run, { baseUrl: provider.url, home, cwd });
  const env = environmentOf(runIn(folder), model.id);
  const sandboxed = () => runSandboxed(run, { sandbox, port: provider.port, folder, env });
  const cold = () => untilDone(engine.run(runIn(folder)));
  // What is made once on a machine is made before: the home of the CLI, files in memory.
  for (const once of [bare, sandboxed, cold]) await once();
  const times = { bare: [] as number[], sandboxed: [] as number[], cold: [] as number[], warm: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    times.bare.push(await timed(bare));
    times.cold.push(await timed(cold));
    times.warm.push(await warmMs(engine, runIn(folder)));
    times.sandboxed.push(await timed(sandboxed));
  }
  return times;
}

export async function benchTurn(): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'bt-'));
  const provider = await listen(createAnthropic({ script }).handler);
  try {
    const times = await measure(folder, provider);
    const beside = { what: 'claude -p, ms', values: times.bare };
    const ratio = (ours: readonly number[]) => medianRatio(ours, times.bare);
    const medians = {
      coldRatio: ratio(times.cold),
      warmRatio: ratio(times.warm),
      sandboxRatio: ratio(times.sandboxed),
    };
    const inMs = {
      bareMs: median(times.bare),
      coldMs: median(times.cold),
      warmMs: median(times.warm),
      sandboxedMs: median(times.sandboxed),
    };
    return {
      medians: { ...medians, ...inMs },
      rows: [
        { what: 'our turn, nothing started, ms', values: times.cold, beside },
        { what: 'our turn, started in advance, ms', values: times.warm, beside },
        { what: 'claude -p in our sandbox, ms', values: times.sandboxed, beside },
      ],
    };
  } finally {
    await provider.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
