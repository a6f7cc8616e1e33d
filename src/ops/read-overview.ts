/** Reads how everything stands, as `status` tells it, for those who watch the platform while it runs. */
import { setImmediate } from 'node:timers/promises';
import type { AgentFacts } from '../status/facts.ts';
import { dayMs, type Entry, overviewOf } from '../status/overview.ts';
import { readAgent, readPlatform } from '../status/read-facts.ts';
import { toldItems, type ViewSource } from '../views/source.ts';

export interface Seen {
  /** Each with the sessions that tell how it stands. */
  readonly agents: readonly AgentFacts[];
  /** Those that are wanted of what needs a person. */
  readonly needs: readonly Entry[];
  /** By agent: how much needs a person. */
  readonly needsCounts: ReadonlyMap<string, number>;
}

const partMax = 100;

/** What needs a person of an agent's work items, part by part. */
async function* itemNeeds(store: ViewSource['store'], facts: AgentFacts): AsyncGenerator<Entry> {
  const since = facts.platform.now - dayMs;
  for (let after = ''; ; ) {
    const sessions = await store.sessionLists.toldItems(facts.id, since, { after, max: partMax });
    const items = await toldItems(store, { ...facts, sessions });
    const standing = items.map((item) => ({ ...item, agent: facts }));
    yield* overviewOf([], standing).needs;
    // Turns go on in between.
    await setImmediate();
    if (sessions.length < partMax) return;
    after = sessions.at(-1)?.sessionId ?? after;
  }
}

/** Of a platform that runs. Part by part, so that memory does not grow with the number of work items. */
export async function readOverview(
  { store, agents: files }: Pick<ViewSource, 'store' | 'agents'>,
  now: number,
  isWanted: (need: Entry, facts: AgentFacts) => boolean,
): Promise<Seen> {
  const platform = await readPlatform(store, { isUp: true, now });
  const agents: AgentFacts[] = [];
  const needs: Entry[] = [];
  const needsCounts = new Map<string, number>();
  const sessionLists = { told: store.sessionLists.ofAgent };
  for (const state of files.list()) {
    const facts = await readAgent({ ...store, sessionLists }, state, platform);
    agents.push(facts);
    let count = 0;
    const take = (need: Entry) => {
      count += 1;
      if (isWanted(need, facts)) needs.push(need);
    };
    overviewOf([facts], []).needs.forEach(take);
    for await (const need of itemNeeds(store, facts)) take(need);
    needsCounts.set(facts.id, count);
  }
  return { agents, needs: needs.sort((a, b) => (a.since ?? 0) - (b.since ?? 0)), needsCounts };
}
