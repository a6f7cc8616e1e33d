/** What every view is read from: the store and the agents' files, at one moment of the platform. */
import type { AgentStore } from '../agents/agent-store.ts';
import { workItemPages } from '../connectors/tracker-of.ts';
import type { AgentFacts, ItemFacts, PlatformFacts } from '../status/facts.ts';
import { isTold } from '../status/overview.ts';
import { readAgent, readItems } from '../status/read-facts.ts';
import type { Store } from '../store/database/database.ts';
import type { NodeView } from './nodes-view.ts';

export interface ViewSource {
  readonly store: Store;
  readonly agents: Pick<AgentStore, 'list' | 'get'>;
  readonly platform: PlatformFacts;
  readonly nodes: readonly NodeView[];
  /** The platform's own folder, with the agents' repositories. */
  readonly stateFolder: string;
}

/** The facts of every agent, sorted by id. */
export function allAgentFacts({
  store,
  agents,
  platform,
}: Pick<ViewSource, 'store' | 'agents' | 'platform'>): Promise<AgentFacts[]> {
  return Promise.all(agents.list().map((state) => readAgent(store, state, platform)));
}

/** The work items of an agent that a status tells of. */
export async function toldItems(store: ViewSource['store'], facts: AgentFacts): Promise<ItemFacts[]> {
  const pageOf = facts.agent?.kind === 'code-change' ? workItemPages(facts.agent) : undefined;
  const wanted = isTold(facts).map((workItemId) => ({ workItemId, page: pageOf?.(workItemId) }));
  return readItems(store, facts, wanted);
}
