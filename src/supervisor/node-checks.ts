/** The checks before a node starts: a working sandbox, no mix of emulators and real systems, and an exclusive state. */
import { join } from 'node:path';
import type { AgentStore } from '../agents/agent-store.ts';
import { checkUrls } from '../agents/outside-urls.ts';
import { claudeProgram } from '../engine/claude-program.ts';
import { limits } from '../limits.ts';
import { type Refusal, refuse } from '../refusal.ts';
import { nodeProgram } from '../sandbox/layout.ts';
import { probeSandbox } from '../sandbox/probe.ts';
import { createSandbox } from '../sandbox/sandbox.ts';
import type { Settings } from '../settings.ts';
import { holdSupervisorLock, type SupervisorLock } from '../store/database/sqlite.ts';
import { unfitPlace } from './workers/permissions.ts';

/** Refuses to start if emulator settings and real systems are mixed. */
function mixedUrls(agents: AgentStore): Refusal | undefined {
  return agents
    .list()
    .flatMap((state) => ('agent' in state ? (checkUrls(state.agent, true) ?? []) : []))
    .at(0);
}

/** Tests the sandbox with a series of probes inside it. */
export function checkSandbox(sandboxUid: number): Promise<Refusal | undefined> {
  const { sandboxProcessesMax: processesMax, sandboxMemoryMb: memoryMb } = limits;
  const sandbox = createSandbox({ sandboxUid, processesMax, memoryMb });
  return probeSandbox(sandbox, { programs: [claudeProgram(), nodeProgram()] });
}

/** Hashes of secrets by the key are in the database. */
const keyLengthMin = 32;

/** Nodes compare their files by hashes with a key that all of them have. */
export function withoutSharedKey({
  databaseUrl,
  hookKey,
}: Pick<Settings, 'databaseUrl' | 'hookKey'>): Refusal | undefined {
  if (databaseUrl === undefined || (hookKey && hookKey.length >= keyLengthMin)) return undefined;
  const why = hookKey
    ? `JVAGENT_HOOK_KEY has fewer than ${keyLengthMin} characters: who reads the database could guess it`
    : 'DATABASE_URL is set, and JVAGENT_HOOK_KEY is not, by which nodes compare their files';
  return refuse(
    'SETUP',
    why,
    'Set JVAGENT_HOOK_KEY in .env, the same on every node: `openssl rand -hex 32` makes one.',
  );
}

export function alreadyRunning(root: string): Refusal {
  const fix =
    'Use the one that runs, or stop it with Ctrl-C in its terminal first. `jvagent status` says what it does.';
  return refuse('GATE_LEASE', `jvagent is already running on the workspace ${root}`, fix);
}

/** Returns the lock on the state if all checks pass, otherwise the first reason why this node cannot start. */
export async function checkNode(
  settings: Settings,
  agents: AgentStore,
  stateFolder: string,
): Promise<SupervisorLock | Refusal> {
  const unfit = unfitPlace(settings.root) ?? withoutSharedKey(settings);
  if (unfit) return unfit;
  const mixed = settings.allowLoopback ? mixedUrls(agents) : undefined;
  if (mixed) return mixed;
  const closed = await checkSandbox(settings.sandboxUid);
  if (closed) return closed;
  return holdSupervisorLock(join(stateFolder, 'state')) ?? alreadyRunning(settings.root);
}
