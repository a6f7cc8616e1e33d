/** A complete platform with emulators for a measurement: one agent without heartbeats, in a temporary folder. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Script } from '../emulators/anthropic/script.ts';
import { demoSource } from '../emulators/demo-repository/model-script.ts';
import { type Emulators, startEmulators } from '../emulators/start.ts';
import { type Clock, systemClock } from '../src/base/clock.ts';
import { listenServer } from '../src/base/http.ts';
import { createLog } from '../src/base/log.ts';
import { subscribeHooks } from '../src/cli/demo/subscribe.ts';
import { writeDemoWorkspace } from '../src/cli/demo/workspace.ts';
import { isRefusal } from '../src/refusal.ts';
import { readSettings, type Settings } from '../src/settings.ts';
import { brokerOver, type Supervisor, startSupervisor } from '../src/supervisor/supervisor.ts';
import { hookSecret } from '../src/triggers/hook-keys.ts';

export const agentId = 'codechange/acme';

export interface BenchWorld {
  emulators: Emulators;
  /** The current supervisor. */
  readonly supervisor: Supervisor;
  /** The folder of the state database. */
  stateFolder: string;
  /** Subscribes to the agent's hooks in both systems. */
  subscribe: () => Promise<void>;
  /** Makes the agent look at its board. */
  beat: () => Promise<void>;
  /** Resolves when the work item is in that phase and has no turn. */
  reached: (workItemId: number, phase: string) => Promise<void>;
  /** Polls until `holds` returns true; throws after ten minutes. */
  eventually: (what: string, holds: () => Promise<boolean> | boolean) => Promise<void>;
  /** Stops the platform, does something, and starts it again. */
  restart: (meanwhile: () => void) => Promise<void>;
  close: () => Promise<void>;
}

export interface BenchWorldOptions {
  script: Script;
  /** The emulators' clock; the platform uses the system's. */
  boardClock?: Clock;
  /** The provider of the model, instead of the emulators' own. */
  modelUrl?: string;
}

const hookKey = 'the-long-enough-hook-key-of-this-measurement';
const waitMs = 600_000;
const lookMs = 10;
/** Once a year. */
const never = '0 0 1 1 *';

async function freePort(): Promise<number> {
  const { port, close } = await listenServer(createServer());
  await close();
  return port;
}

async function eventually(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (const until = Date.now() + waitMs; Date.now() < until; ) {
    if (await holds()) return;
    await systemClock.sleep(lookMs);
  }
  throw new Error(`${what} did not happen within ${waitMs / 1_000} s`);
}

function settingsOf(root: string, modelUrl: string, hookPort: number): Settings {
  const env = {
    HOME: root,
    ANTHROPIC_API_KEY: 'sk-bench-no-key-at-all',
    ANTHROPIC_BASE_URL: modelUrl,
    JVAGENT_ALLOW_LOOPBACK: '1',
    JVAGENT_HOOK_KEY: hookKey,
    JVAGENT_HOOK_PORT: `${hookPort}`,
  };
  const settings = readSettings({ env, root });
  if (isRefusal(settings)) throw new Error(settings.why);
  return settings;
}

async function start(settings: Settings): Promise<Supervisor> {
  const supervisor = await startSupervisor({ settings, clock: systemClock, log: createLog('bench', 'fatal') });
  if (isRefusal(supervisor)) throw new Error(`${supervisor.refused}: ${supervisor.why}`);
  return supervisor;
}

export async function startBenchWorld(options: BenchWorldOptions): Promise<BenchWorld> {
  const { script, boardClock = systemClock } = options;
  const folder = mkdtempSync(join(tmpdir(), 'jvagent-bench-'));
  const root = join(folder, 'workspace');
  const code = join(folder, 'code');
  const emulators = await startEmulators({ folder: code, source: demoSource, script, clock: boardClock });
  writeDemoWorkspace(root, emulators, [{ tenant: 'acme', config: { heartbeat: never } }]);
  const port = await freePort();
  const settings = settingsOf(root, options.modelUrl ?? emulators.urls.anthropic, port);
  let supervisor = await start(settings);
  return {
    emulators,
    get supervisor() {
      return supervisor;
    },
    stateFolder: join(root, '.jvagent', 'state'),
    subscribe: () => subscribeHooks(emulators, 'acme', { agentId, port, secret: hookSecret(hookKey, agentId) }),
    async beat() {
      const { store, agents } = supervisor;
      const draft = { to: `agent/${agentId}`, command: 'heartbeat' };
      await brokerOver(store, agents, systemClock).publish(draft, { kind: 'platform', name: 'heartbeat' });
    },
    reached: (workItemId, phase) =>
      eventually(`${phase} of work item ${workItemId}`, async () => {
        const session = await supervisor.store.sessions.get(agentId, `wi-${workItemId}`);
        return session?.phase === phase && session.leaseOwner === undefined;
      }),
    eventually,
    async restart(meanwhile) {
      await supervisor.stop();
      meanwhile();
      supervisor = await start(settings);
    },
    async close() {
      await supervisor.stop();
      await emulators.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
