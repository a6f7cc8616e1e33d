/** Reads how everything stands, as `status` tells it, for those who watch the platform while it runs. */
import type { AgentState } from '../agents/agent-store.ts';
import { workItemPages } from '../connectors/tracker-of.ts';
import type { AgentFacts } from '../status/facts.ts';
import { isTold, type Overview, overviewOf } from '../status/overview.ts';
import { readAgent, readItems, readPlatform, type StatusReads } from '../status/read-facts.ts';

export interface Seen {
  readonly agents: readonly AgentFacts[];
  readonly overview: Overview;
}

export interface WatchedPlatform {
  readonly store: StatusReads;
  readonly agents: { list(): readonly AgentState[] };
}

/** Of a platform that runs; one agent after the other, so that turns are not kept waiting. */
export async function readOverview({ store, agents }: WatchedPlatform, now: number): Promise<Seen> {
  const platform = await readPlatform(store, { isUp: true, now });
  const [all, items] = [[] as AgentFacts[], [] as Awaited<ReturnType<typeof readItems>>];
  for (const state of agents.list()) {
    const facts = await readAgent(store, state, platform);
    const pageOf = facts.agent?.kind === 'code-change' ? workItemPages(facts.agent) : undefined;
    const wanted = isTold(facts).map((workItemId) => ({ workItemId, page: pageOf?.(workItemId) }));
    all.push(facts);
    items.push(...(await readItems(store, facts, wanted)));
  }
  return { agents: all, overview: overviewOf(all, items) };
}
