/** Reads how everything stands, as `status` tells it, for those who watch the platform while it runs. */
import { setImmediate } from 'node:timers/promises';
import type { AgentFacts } from '../status/facts.ts';
import { type Overview, overviewOf } from '../status/overview.ts';
import { readPlatform } from '../status/read-facts.ts';
import { allAgentFacts, toldItems, type ViewSource } from '../views/source.ts';

export interface Seen {
  readonly agents: readonly AgentFacts[];
  readonly overview: Overview;
}

/** Of a platform that runs. */
export async function readOverview(source: Pick<ViewSource, 'store' | 'agents'>, now: number): Promise<Seen> {
  const platform = await readPlatform(source.store, { isUp: true, now });
  const agents = await allAgentFacts({ ...source, platform });
  const items = [];
  for (const facts of agents) {
    items.push(...(await toldItems(source.store, facts)));
    // The reads of all work items together take a second where there are thousands: turns go on in between.
    await setImmediate();
  }
  return { agents, overview: overviewOf(agents, items) };
}
