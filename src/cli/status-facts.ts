/** The facts of a status as a command reads them: the store, the files of the agents, and whether a platform runs. */

import type { AgentFacts, PlatformFacts } from '../status/facts.ts';
import { readAgent, readPlatform } from '../status/read-facts.ts';
import { checkSandbox } from '../supervisor/node-checks.ts';
import { stateFolderOf } from '../supervisor/nodes/state.ts';
import { readNodes } from '../views/nodes-view.ts';
import type { ViewSource } from '../views/source.ts';
import type { Context } from './context.ts';
import { findNode, type RunningNode } from './find-node.ts';

/** The supervisor that runs on the workspace, if one does. */
export function runningNode(context: Context): RunningNode | undefined {
  return findNode(stateFolderOf(context.settings().root));
}

/** Whether a platform works on the state, on this machine or on another. */
export async function isUp(context: Context): Promise<boolean> {
  if (runningNode(context)) return true;
  return (await readNodes(await context.store())).some(({ takesWork }) => takesWork);
}

/**
 * A platform that runs has proved its sandbox, and turns that lose it say so themselves: the machine is looked at only where
 * none runs.
 */
async function platformFacts(context: Context): Promise<PlatformFacts> {
  const isWorking = await isUp(context);
  const standstill = isWorking ? undefined : await checkSandbox(context.settings().sandboxUid);
  return readPlatform(await context.store(), { isUp: isWorking, standstill, now: context.now() });
}

/** The views of a command: one moment of the workspace. */
export async function viewSource(context: Context): Promise<ViewSource> {
  const [store, platform] = await Promise.all([context.store(), platformFacts(context)]);
  const node = runningNode(context);
  const stateFolder = stateFolderOf(context.settings().root);
  const nodes = await readNodes(store);
  const known = nodes.length === 0 && node ? [node] : nodes;
  return { store, agents: context.agents(), platform, nodes: known, stateFolder };
}

/** Fails for an id that no folder has. */
export async function agentFacts(context: Context, agentId: string): Promise<AgentFacts> {
  return readAgent(await context.store(), context.agent(agentId), await platformFacts(context));
}
