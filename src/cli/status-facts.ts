/** The facts of a status as a command reads them: the store, the files of the agents, and whether a platform runs. */

import { workItemPages } from '../connectors/tracker-of.ts';
import type { AgentFacts, ItemFacts, PlatformFacts } from '../status/facts.ts';
import { isTold } from '../status/overview.ts';
import { readAgent, readItems, readPlatform } from '../status/read-facts.ts';
import { checkSandbox } from '../supervisor/node-checks.ts';
import { stateFolderOf } from '../supervisor/supervisor.ts';
import type { Context } from './context.ts';
import { findNode, type RunningNode } from './find-node.ts';

/** The supervisor that runs on the workspace, if one does. */
export function runningNode(context: Context): RunningNode | undefined {
  return findNode(stateFolderOf(context.settings().root));
}

/**
 * A platform that runs has proved its sandbox, and turns that lose it say so themselves: the machine is looked at only where
 * none runs.
 */
export async function platformFacts(context: Context): Promise<PlatformFacts> {
  const isUp = runningNode(context) !== undefined;
  const standstill = isUp ? undefined : await checkSandbox(context.settings().sandboxUid);
  return readPlatform(await context.store(), { isUp, standstill, now: context.now() });
}

/** Fails for an id that no folder has. */
export async function agentFacts(context: Context, agentId: string): Promise<AgentFacts> {
  return readAgent(await context.store(), context.agent(agentId), await platformFacts(context));
}

/** The work items of an agent that a status tells of. */
export async function toldItems(context: Context, facts: AgentFacts): Promise<ItemFacts[]> {
  const pageOf = facts.agent?.kind === 'code-change' ? workItemPages(facts.agent) : undefined;
  const wanted = isTold(facts).map((workItemId) => ({ workItemId, page: pageOf?.(workItemId) }));
  return readItems(await context.store(), facts, wanted);
}
