/** One work item on its way to Deployed while a part of the platform is killed, and what stands outside afterwards. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoFix, demoSource } from '../../emulators/demo-repository/model-script.ts';
import { type Emulators, startEmulators } from '../../emulators/start.ts';
import { createAgentStore } from '../../src/agents/agent-store.ts';
import { systemClock } from '../../src/base/clock.ts';
import { follow } from '../../src/cli/demo/follow.ts';
import { subscribeHooks } from '../../src/cli/demo/subscribe.ts';
import { writeDemoWorkspace } from '../../src/cli/demo/workspace.ts';
import { openStore, type Store } from '../../src/store/database/database.ts';
import type { StoredSession } from '../../src/store/session-rows.ts';
import { brokerOver } from '../../src/supervisor/supervisor.ts';
import { hookSecret } from '../../src/triggers/hook-keys.ts';
import { agentMarksOf } from '../conformance/gate-oracle.ts';
import { freePort } from '../free-port.ts';
import { startNode } from './node.ts';
import { type Outside, outsideOf } from './outside.ts';
import { createPeople, script } from './people.ts';
import type { Trouble } from './trouble.ts';

/** What stands outside and inside when all is over. */
export interface Traces extends Outside {
  audit: { ok: boolean };
  /** Processes that outlived the node. */
  processes: string[];
  /** Folders of turns that nobody removed. */
  folders: string[];
}

export interface Survival {
  session: StoredSession | undefined;
  traces: Traces;
  passed: string[];
  /** Requests that a fault struck, as `target method path`. */
  struck: string[];
  restarts: number;
  /** For whoever reads a failure: the session's log and what the node said. */
  story: string;
}

const agentId = 'codechange/acme';
const hookKey = 'the-long-enough-hook-key-of-this-road';
/** A road takes some seconds; on a machine that does much else, many more. */
const minutesMax = 9;
const settleMs = 60_000;
const lookMs = 50;

/** The session when nothing is running and nothing is open; or as it is if that takes too long. */
export async function settled(store: Store, workItemId: number): Promise<StoredSession | undefined> {
  const key = { agentId, sessionId: `wi-${workItemId}` };
  for (const until = Date.now() + settleMs; ; await systemClock.sleep(lookMs)) {
    const session = await store.sessions.get(agentId, key.sessionId);
    const rests = session !== undefined && session.leaseOwner === undefined && session.wakeAt === undefined;
    if (Date.now() > until || (rests && (await store.effects.open(key)).length === 0)) return session;
  }
}

/** Arms the faults of a phase when the item enters it; they strike the platform, and never the people beside it. */
function faultsOnPhase(emulators: Emulators, { faults }: Trouble) {
  const callers = [...agentMarksOf({ emulators })];
  return ({ item }: StoredSession): void => {
    for (const { phase, fault } of faults) {
      if (phase !== item?.phase) continue;
      // The model's server is asked with a key of another kind, and by the platform alone.
      const match = fault.target === 'anthropic' ? fault.match : { ...fault.match, callers };
      emulators.faults.add({ ...fault, match, times: 1 });
    }
  };
}

/** The whole road of one work item, with all this trouble on it. */
export async function survive(trouble: Trouble): Promise<Survival> {
  const folder = mkdtempSync(join(tmpdir(), 'kill-'));
  const root = join(folder, 'workspace');
  const emulators = await startEmulators({ folder: join(folder, 'code'), source: demoSource, script });
  writeDemoWorkspace(root, emulators, [
    { tenant: 'acme', testCommand: 'node test.js', config: { heartbeat: '*/5 * * * * *' } },
  ]);
  // The platform's first note would make this folder, and a changed agent gets a new worker, which has no crash points.
  mkdirSync(join(root, agentId, 'memory'), { mode: 0o700 });
  const store = await openStore({ folder: join(root, '.jvagent', 'state'), clock: systemClock });
  const over = new AbortController();
  const engineer = createPeople({ emulators, store, trouble, signal: over.signal });
  const port = await freePort();
  await subscribeHooks(emulators, 'acme', { agentId, port, secret: hookSecret(hookKey, agentId) });
  emulators.hooks.misbehave(() => trouble.hookDelays);
  const workItemId = await engineer.file(demoFix().workItem);
  // Nobody listened to the hook of that yet.
  const broker = brokerOver(store, createAgentStore({ root }), systemClock);
  await broker.publish({ to: `agent/${agentId}`, command: 'heartbeat' }, { kind: 'platform', name: 'heartbeat' });
  const settings = {
    ANTHROPIC_API_KEY: 'sk-kill-no-key-at-all',
    ANTHROPIC_BASE_URL: emulators.urls.anthropic,
    JVAGENT_ALLOW_LOOPBACK: '1',
    JVAGENT_HOOK_KEY: hookKey,
    JVAGENT_HOOK_PORT: String(port),
  };
  const node = startNode({ root, settings, crashAt: trouble.crashAt });
  const patience = setTimeout(() => over.abort(), minutesMax * 60_000);
  try {
    const onPhase = faultsOnPhase(emulators, trouble);
    const { signal } = over;
    await follow({ store, agentId, workItemId, clock: systemClock, engineer, onPhase, minutesMax, signal });
    const session = await settled(store, workItemId);
    over.abort();
    const processes = await node.stop();
    const log = await store.log.list({ agentId, sessionId: `wi-${workItemId}`, max: 1_000 });
    const turns = join(root, '.jvagent', 'run');
    const traces = {
      ...(await outsideOf(emulators, workItemId)),
      audit: await store.audit.verify(agentId),
      processes,
      folders: existsSync(turns) ? readdirSync(turns) : [],
    };
    const told = log.map((entry) => JSON.stringify(entry).slice(0, 400)).join('\n');
    const story = `${JSON.stringify(trouble)}\n${told}\n${node.said()}`;
    const struck = emulators.faults
      .requests()
      .filter(({ isStruck }) => isStruck)
      .map(({ target, method, path }) => `${target} ${method} ${path}`);
    return { session, traces, struck, passed: node.passed(), restarts: node.restarts(), story };
  } finally {
    clearTimeout(patience);
    over.abort();
    await node.stop();
    await store.close();
    await emulators.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
