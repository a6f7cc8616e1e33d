/**
 * How many turns an agent, or a branch of agents, has at once, on all nodes together.
 *
 * A claim counts under the names of its bounds, which it locks first: so two nodes never both take the last place. What is counted is
 * leases, so a dead node's places are free when its leases are over.
 */
import { type AgentId, isWithin } from '../../agents/agent-id.ts';
import { lock } from '../database/at-once/locks.ts';
import type { Db } from '../database/schema.ts';
import type { Words } from '../database/words.ts';

/** At most `max` turns at once of one agent, or of it and its descendants together. */
export interface PlaceBound {
  readonly agentId: AgentId;
  readonly isBranch: boolean;
  readonly max: number;
}

/** How many turns each agent has that take a place, those of no agent left out. */
export async function takenPlaces(db: Db, { time }: Words): Promise<ReadonlyMap<AgentId, number>> {
  const held = db.selectFrom('sessions').where('lease_until', '>', time()).where('takes_place', '=', 1);
  const rows = await held
    .select(['agent_id', (eb) => eb.fn.countAll<number>().as('count')])
    .groupBy('agent_id')
    .execute();
  return new Map(rows.map((row) => [row.agent_id as AgentId, Number(row.count)]));
}

/** The first bound that leaves no place. */
export function fullBound(taken: ReadonlyMap<AgentId, number>, bounds: readonly PlaceBound[]): PlaceBound | undefined {
  return bounds.find(({ agentId, isBranch, max }) => {
    const counts = [...taken].filter(([id]) => (isBranch ? isWithin(id, agentId) : id === agentId));
    return counts.reduce((sum, [, count]) => sum + count, 0) >= max;
  });
}

/** Whether there is a place for one more turn; until the transaction ends, nobody else takes it. */
export async function hasPlace(trx: Db, words: Words, bounds: readonly PlaceBound[]): Promise<boolean> {
  if (bounds.length === 0) return true;
  await lock(trx, ...bounds.map(({ agentId }) => `places/${agentId}` as const));
  return fullBound(await takenPlaces(trx, words), bounds) === undefined;
}
