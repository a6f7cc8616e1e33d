/**
 * Gives due sessions their turns: one at a time each, as many at once as the agent may, by claim and lease.
 *
 * due -> agent sound and not full -> room for its worker -> claim -> order -> worker -> rest -> release; a turn that throws is released unclean.
 */
import type { Agent } from '../agents/agent.ts';
import { isWithin } from '../agents/agent-id.ts';
import { startStopwatch } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import { personOf } from '../broker/message.ts';
import { isThreadSession, mainSession, workItemIdOf } from '../broker/session-id.ts';
import { limits } from '../limits.ts';
import { pauseOf } from '../status/agent-standing.ts';
import type { DueSession } from '../store/claims/port.ts';
import { rankDefault } from '../work-items/rank.ts';
import type { Node } from './node.ts';
import type { RunningTurn } from './running-turn.ts';
import { type TurnNode, takeTurn } from './take-turn.ts';
import { isTrusted } from './trusted-agent.ts';
import type { WorkerPool } from './workers/pool.ts';

export interface ScheduleOptions {
  pool: Pick<WorkerPool, 'get' | 'room'>;
  /** The name that this node's leases bear. */
  owner: string;
  newId: () => string;
}

const dueAtOnceMax = 100;
const boardBatchMax = 100;

/** What people say is heard together, but not too much of it at once. */
function batchMaxOf({ kind, config }: Agent, { sessionId }: DueSession): number {
  const isTalk = kind === 'conversation' || isThreadSession(sessionId);
  return isTalk ? config.autoRun.maxBatchSize : boardBatchMax;
}

/** The session that looks at the agent's board. */
const isPoll = ({ kind }: Agent, sessionId: string) => kind === 'code-change' && sessionId === mainSession;

const nameOf = ({ agentId, sessionId }: DueSession) => `${agentId} ${sessionId}`;
const ageOf = ({ sessionId }: DueSession) => workItemIdOf(sessionId) ?? 0;

/** Work items by their rank; before them what waited too long already, and all that is no work item. */
function inOrder(all: readonly DueSession[], overdue: ReadonlySet<string>): DueSession[] {
  const isItem = ({ sessionId }: DueSession) => workItemIdOf(sessionId) !== undefined;
  const placeOf = (due: DueSession) => (isItem(due) ? (overdue.has(nameOf(due)) ? 1 : 2) : 0);
  const rankOf = (due: DueSession) => (isItem(due) ? (due.rank ?? rankDefault) : 0);
  return all.toSorted((a, b) => placeOf(a) - placeOf(b) || rankOf(a) - rankOf(b) || ageOf(a) - ageOf(b));
}

export function createSchedule(node: TurnNode & Pick<Node, 'agents'>, { pool, owner, newId }: ScheduleOptions) {
  const { store, agents, running, clock, log } = node;
  const turns = new Set<Promise<void>>();
  let closed = false;

  /** What an ancestor states bounds its whole branch together. Looking at a board takes nobody's place. */
  function hasRoom(agent: Agent, { sessionId }: DueSession): boolean {
    if (isPoll(agent, sessionId)) return true;
    const working = [...running.values()].filter((turn) => !isPoll(turn.agent, turn.sessionId));
    const isFull = (max: number, counts: (turn: RunningTurn) => boolean) => working.filter(counts).length >= max;
    if (isFull(agent.limits.turnsAtOnceMax, (turn) => turn.agentId === agent.id)) return false;
    return !agent.branchLimits.some(({ agentId, limits: { turnsAtOnceMax } }) =>
      isFull(turnsAtOnceMax ?? Number.POSITIVE_INFINITY, (turn) => isWithin(turn.agentId, agentId)),
    );
  }

  async function start(due: DueSession, agent: Agent): Promise<void> {
    const lease = { owner, leaseMs: limits.leaseSeconds * 1_000, batchMax: batchMaxOf(agent, due) };
    const sinceRenewed = startStopwatch(clock);
    const claim = await store.sessions.claim({ ...due, ...lease });
    if (!claim) return;
    const { session, batch } = claim;
    const isAskedFor = batch.some(({ from, command }) => personOf(from) !== undefined || command === 'slack.message');
    const { phase } = session;
    const { agentId, sessionId } = due;
    const key = { agentId, sessionId, epoch: claim.epoch, claimId: claim.claimId };
    const turn: RunningTurn = { ...key, turnId: newId(), agent, batch, isAskedFor, phase, sinceRenewed };
    const ended = takeTurn(node, pool, turn, claim).catch((error: unknown) => log.error(messageOf(error)));
    turns.add(ended);
    void ended.then(() => turns.delete(ended));
  }

  return {
    /** Starts whatever is due now. */
    async startDue(): Promise<void> {
      if (closed) return;
      const all = await store.sessions.due({ max: dueAtOnceMax });
      const overdue = { max: dueAtOnceMax, sinceMs: limits.overdueSeconds * 1_000 };
      const late = all.length > 1 ? await store.sessions.due(overdue) : [];
      for (const due of inOrder(all, new Set(late.map(nameOf)))) {
        const state = agents.get(due.agentId);
        if (!state || !('agent' in state)) continue;
        if (!hasRoom(state.agent, due) || !(await isTrusted(store, state.agent, log))) continue;
        const why = await pool.room(due.agentId, isPoll(state.agent, due.sessionId));
        if (why) await store.sessions.wait(due, why);
        else await start(due, state.agent);
      }
    },
    /** A pause also stops the engines of running turns; their next permit is refused in any case. */
    async stopPaused(): Promise<void> {
      if (running.size === 0) return;
      const platformPausedAt = await store.platform.pausedAt();
      for (const turn of running.values()) {
        const { agentId, interrupt } = turn;
        if (!interrupt || !pauseOf(agentId, (await store.agents.get(agentId)).pausedAt, platformPausedAt)) continue;
        delete turn.interrupt;
        interrupt().catch((error: unknown) => log.debug(messageOf(error)));
      }
    },
    /** The work items of the agent's running turns. */
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
