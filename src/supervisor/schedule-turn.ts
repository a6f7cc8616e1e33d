/**
 * Gives due sessions their turns: one at a time each, as many at once as the agent may, by claim and lease.
 *
 * due -> agent sound and not full -> claim -> order -> worker -> rest -> release; a turn that throws is released unclean.
 */
import type { Agent } from '../agents/agent.ts';
import type { AgentStore } from '../agents/agent-store.ts';
import { messageOf } from '../base/errors.ts';
import { limits } from '../limits.ts';
import type { DueSession } from '../store/due.ts';
import type { RunningTurn } from './running-turn.ts';
import { type TakeTurnOptions, takeTurn } from './take-turn.ts';
import { isTrusted } from './trusted-agent.ts';

export interface ScheduleOptions extends TakeTurnOptions {
  agents: AgentStore;
  /** The name that this node's leases bear. */
  owner: string;
  newId: () => string;
}

const dueAtOnceMax = 100;
const batchMax = 100;
export function createSchedule(options: ScheduleOptions) {
  const { store, agents, running, owner, newId, clock, log } = options;
  const turns = new Set<Promise<void>>();
  let closed = false;

  function hasRoom(agent: Agent): boolean {
    const own = [...running.values()].filter((turn) => turn.agentId === agent.id).length;
    return own < agent.limits.turnsAtOnceMax;
  }

  async function start(due: DueSession, agent: Agent): Promise<void> {
    const claim = await store.sessions.claim({ ...due, owner, leaseMs: limits.leaseSeconds * 1_000, batchMax });
    if (!claim) return;
    const causedBy = claim.batch.at(-1)?.id;
    const { epoch, session } = claim;
    const turn: RunningTurn = { ...due, turnId: newId(), epoch, agent, causedBy, phase: session.phase };
    const ended = takeTurn(options, turn, claim).catch((error: unknown) => log.error(messageOf(error)));
    turns.add(ended);
    void ended.then(() => turns.delete(ended));
  }

  return {
    /** Starts whatever is due now. */
    async startDue(): Promise<void> {
      if (closed) return;
      for (const due of await store.sessions.due(clock.now(), dueAtOnceMax)) {
        const state = agents.get(due.agentId);
        if (!state || !('agent' in state)) continue;
        if (hasRoom(state.agent) && (await isTrusted(store, state.agent, log))) await start(due, state.agent);
      }
    },
    /** Prolongs the leases of turns under way. */
    renew: () => store.sessions.renew(owner, limits.leaseSeconds * 1_000),
    /** Work items of the agent's turns under way. */
    turnFor: (agentId: string, sessionId: string) =>
      [...running.values()].find((turn) => turn.agentId === agentId && turn.sessionId === sessionId),
    /** Starts nothing more; resolves when the last turn has ended. */
    async close(): Promise<void> {
      closed = true;
      await Promise.all(turns);
    },
  };
}

export type Schedule = ReturnType<typeof createSchedule>;
