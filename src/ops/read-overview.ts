/** Reads how everything stands, as `status` tells it, for those who watch the platform while it runs. */
import { setImmediate } from 'node:timers/promises';
import type { AgentFacts } from '../status/facts.ts';
import { dayMs, type Entry, overviewOf } from '../status/overview.ts';
import { readAgent, readPlatform } from '../status/read-facts.ts';
import type { Calm } from '../store/lists/calm-items.ts';
import type { StoredSession } from '../store/session-rows.ts';
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

/** Which needs of people are read one by one, and not only counted. */
export interface Wanted {
  isWanted(need: Entry, facts: AgentFacts): boolean;
  /** No work item of the agent that only waits for people is wanted before it was there for so long, in milliseconds. */
  calmMs(facts: AgentFacts): number;
}

async function needsAmong(store: ViewSource['store'], facts: AgentFacts, sessions: StoredSession[]) {
  const items = await toldItems(store, { ...facts, sessions });
  return overviewOf(
    [],
    items.map((item) => ({ ...item, agent: facts })),
  ).needs;
}

/** How many of an agent's work items only wait for people. All of one phase stand alike, so one of them tells whether people can act. */
async function countCalm(store: ViewSource['store'], facts: AgentFacts, calm: Calm): Promise<number> {
  let count = 0;
  for (const alike of await store.sessionLists.calmItems(facts.id, calm)) {
    const one = await store.sessions.get(facts.id, alike.sessionId);
    if (one && (await needsAmong(store, facts, [one])).length > 0) count += alike.count;
  }
  return count;
}

/** What needs a person of an agent's other work items, part by part. */
async function* itemNeeds(store: ViewSource['store'], facts: AgentFacts, calm: Calm): AsyncGenerator<Entry> {
  const since = facts.platform.now - dayMs;
  for (let after = ''; ; ) {
    const sessions = await store.sessionLists.toldItems(facts.id, since, { after, max: partMax, ...calm });
    yield* await needsAmong(store, facts, sessions);
    // Turns go on in between.
    await setImmediate();
    if (sessions.length < partMax) return;
    after = sessions.at(-1)?.sessionId ?? after;
  }
}

/** Of a platform that runs. Counted, or read part by part, so that memory does not grow with the number of work items. */
export async function readOverview(
  { store, agents: files }: Pick<ViewSource, 'store' | 'agents'>,
  now: number,
  { isWanted, calmMs }: Wanted,
): Promise<Seen> {
  const platform = await readPlatform(store, { isUp: true, now });
  const agents: AgentFacts[] = [];
  const needs: Entry[] = [];
  const needsCounts = new Map<string, number>();
  const sessionLists = { told: store.sessionLists.ofAgent };
  for (const state of files.list()) {
    const facts = await readAgent({ ...store, sessionLists }, state, platform);
    agents.push(facts);
    const calm = { now, createdAfter: now - calmMs(facts) };
    let count = await countCalm(store, facts, calm);
    const take = (need: Entry) => {
      count += 1;
      if (isWanted(need, facts)) needs.push(need);
    };
    overviewOf([facts], []).needs.forEach(take);
    for await (const need of itemNeeds(store, facts, calm)) take(need);
    needsCounts.set(facts.id, count);
  }
  return { agents, needs: needs.sort((a, b) => (a.since ?? 0) - (b.since ?? 0)), needsCounts };
}
