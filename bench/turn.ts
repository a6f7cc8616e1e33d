/**
 * Measures the cost of the sandbox: the same short turn of the real CLI with and without bubblewrap, against the scripted model.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAnthropic } from '../emulators/anthropic/anthropic.ts';
import { systemClock } from '../src/base/clock.ts';
import { createCrashPoints } from '../src/base/crash-points.ts';
import { listen } from '../src/base/http.ts';
import { createLog } from '../src/base/log.ts';
import { createClaudeEngine } from '../src/engine/claude-engine.ts';
import { type GatewayOptions, type OpenGateway, openTurnGateway } from '../src/engine/gateway/gateway.ts';
import { limits } from '../src/limits.ts';
import { type Model, modelNamed } from '../src/models/model.ts';
import type { Mount, SandboxSpec } from '../src/sandbox/layout.ts';
import { createSandbox, type Sandbox } from '../src/sandbox/sandbox.ts';
import { median } from './median.ts';

export interface TurnBench {
  /** The time of a sandboxed turn divided by that of an unsandboxed one; medians of the same run. */
  sandboxRatio: number;
  sandboxedMs: number;
  unsandboxedMs: number;
}

const rounds = 9;

function modelAsked(): Model {
  const model = modelNamed('sonnet');
  if (!model) throw new Error('bug: no model is called sonnet');
  return model;
}

const model = modelAsked();

const script = {
  scenes: [{ replies: [[{ tool: 'Bash', input: { command: 'ls' } }], [{ text: 'There is nothing here.' }]] }],
};

/** Replaces paths inside the sandbox with those of the host, because nothing is mounted. */
function outside(text: string, mounts: readonly Mount[]): string {
  const longestFirst = [...mounts].sort((a, b) => b.target.length - a.target.length);
  return longestFirst.reduce((rest, { source, target }) => rest.replaceAll(target, realpathSync(source)), text);
}

/** A fake sandbox that starts the program directly; only for this measurement. */
function noSandbox(home: string): Sandbox {
  return {
    uid: process.getuid?.() ?? 0,
    own: async () => {},
    spawn({ program, args, env, cwd, mounts }: SandboxSpec) {
      const translated = Object.entries(env).map(([name, value]) => [name, outside(value, mounts)]);
      const child = spawn(
        program,
        args.map((arg) => outside(arg, mounts)),
        {
          cwd: outside(cwd, mounts),
          env: { ...Object.fromEntries(translated), HOME: home, IS_SANDBOX: '1' },
          stdio: ['pipe', 'pipe', 'pipe'],
          detached: true,
        },
      );
      // The bridge outlives the CLI, so the group is ended even if its first process has ended.
      const kill = () => {
        if (child.pid !== undefined) spawn('/bin/kill', ['-KILL', '--', `-${child.pid}`], { env: {}, stdio: 'ignore' });
      };
      return { child, kill, overLimit: () => undefined };
    },
  };
}

async function turnMs(sandbox: Sandbox, openGateway: OpenGateway, folder: string): Promise<number> {
  const log = createLog('bench', 'silent');
  const engine = createClaudeEngine({
    sandbox,
    openGateway,
    smallModel: model.id,
    crashPoints: createCrashPoints(),
    clock: systemClock,
    log,
  });
  const runDir = mkdtempSync(join(folder, 'r-'));
  const tree = mkdtempSync(join(folder, 't-'));
  const startedAt = performance.now();
  const events = engine.run({
    prompt: 'Look around.',
    systemPrompt: 'You look around.',
    model: model.id,
    tree: { path: tree, writable: true, readOnlyPaths: [] },
    extraMounts: [],
    builtinTools: ['Bash'],
    tools: [],
    runDir,
    turnTimeMs: 60_000,
    stallMs: 60_000,
    signal: new AbortController().signal,
  });
  for await (const event of events) {
    if (event.kind === 'ended' && event.outcome !== 'done')
      throw new Error(`the turn ended ${event.outcome}: ${event.why}`);
  }
  return performance.now() - startedAt;
}

export async function benchTurn(): Promise<TurnBench> {
  const folder = mkdtempSync(join(tmpdir(), 'bt-'));
  const provider = await listen(createAnthropic({ script }).handler);
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
  const openGateway: OpenGateway = (turn) => openTurnGateway(options, turn);
  const home = join(folder, 'home');
  mkdirSync(home);
  const { sandboxProcessesMax: processesMax, sandboxMemoryMb: memoryMb } = limits;
  const inSandbox = createSandbox({ sandboxUid: 20_001, processesMax, memoryMb });
  const byHand = noSandbox(home);
  const times = { inSandbox: [] as number[], byHand: [] as number[] };
  try {
    for (let round = 0; round < rounds; round += 1) {
      times.byHand.push(await turnMs(byHand, openGateway, folder));
      times.inSandbox.push(await turnMs(inSandbox, openGateway, folder));
    }
  } finally {
    await provider.close();
    rmSync(folder, { recursive: true, force: true });
  }
  const [sandboxedMs, unsandboxedMs] = [median(times.inSandbox), median(times.byHand)];
  return { sandboxRatio: sandboxedMs / unsandboxedMs, sandboxedMs, unsandboxedMs };
}
