/** What must hold before a node starts: a sandbox that is closed, addresses of one world, and a state that is ours alone. */
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

/** A development switch in the real world is no start at all. */
function mixedUrls(agents: AgentStore): Refusal | undefined {
  return agents
    .list()
    .flatMap((state) => ('agent' in state ? (checkUrls(state.agent, true) ?? []) : []))
    .at(0);
}

/** Proves the sandbox by a battery of probes in it. */
export function checkSandbox(sandboxUid: number): Promise<Refusal | undefined> {
  const { sandboxProcessesMax: processesMax, sandboxMemoryMb: memoryMb } = limits;
  const sandbox = createSandbox({ sandboxUid, processesMax, memoryMb });
  return probeSandbox(sandbox, { programs: [claudeProgram(), nodeProgram()] });
}

/** The lock on the state, once everything holds; else the first reason why this node does not start. */
export async function checkNode(
  settings: Settings,
  agents: AgentStore,
  stateFolder: string,
): Promise<SupervisorLock | Refusal> {
  const unfit = unfitPlace(settings.root);
  if (unfit) return unfit;
  const mixed = settings.allowLoopback ? mixedUrls(agents) : undefined;
  if (mixed) return mixed;
  const closed = await checkSandbox(settings.sandboxUid);
  if (closed) return closed;
  const fix = 'Stop the other one, or give this one another workspace.';
  const lock = holdSupervisorLock(join(stateFolder, 'state'));
  return lock ?? refuse('GATE_LEASE', `another supervisor runs on ${settings.root}`, fix);
}
