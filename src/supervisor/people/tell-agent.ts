/** A person's decision in Slack as a message to the agent, the same as from the command line. */
import { randomUUID } from 'node:crypto';
import type { PeopleNode } from './judge.ts';

export interface Told {
  /** Who decided, as the other systems know them. */
  readonly person: string;
  readonly agentId: string;
  readonly command: 'work.cancel' | 'work.reject' | 'work.retry' | 'work.process';
  readonly payload: Readonly<Record<string, unknown>>;
  /** The same decision has the same key: it counts once. */
  readonly key: string;
}

/** The person was judged before. The message is routed like any other, and stops a turn that it concerns. */
export async function tellAgent({ store, clock, poke }: PeopleNode, told: Told): Promise<void> {
  const { person, agentId, command, payload, key } = told;
  const from = `person/${person}`;
  const to = `agent/${agentId}`;
  await store.messages.add({ id: randomUUID(), to, from, command, payload, at: clock.now(), dedupeKey: key });
  poke();
}
