/**
 * Gives due sessions their turns: one at a time each, as many at once as the agent may, by claim and lease.
 *
 * due -> agent sound and not full -> room for its worker -> claim -> order -> worker -> rest -> release; a turn that throws is released
 * unclean. Places count over all nodes: they are asked for once before, and the claim itself decides.
 */
import type { Agent } from '../agents/agent.ts';
import type { AgentId } from '../agents/agent-id.ts';
import { startStopwatch } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import { personOf } from '../broker/message.ts';
import { isThreadSession, mainSession, workItemIdOf } from '../broker/session-id.ts';
import { limits } from '../limits.ts';
import { type Refusal, refuse } from '../refusal.ts';
import { fullBound, type PlaceBound } from '../store/claims/places.ts';
import type { DueSession } from '../store/claims/port.ts';
import { pauses } from '../waits.ts';
import { rankDefault } from '../work-items/rank.ts';
import type { Node } from './node.ts';
import type { RunningTurn } from './running-turn.ts';
import { type TurnNode, takeTurn } from './take-turn.ts';
import { isTrusted, type TrustLook } from './trusted-agent.ts';
import type { WorkerPool } from './workers/pool.ts';

export interface ScheduleOptions {
  pool: Pick<WorkerPool, 'get' | 'room'>;
  /** The name that this node's leases bear. */
  owner: string;
  /** How many turns may have an engine at once on this node. */
  enginesMax: number;
  newId: () => string;
  isElsewhere: TrustLook['isElsewhere'];
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

/** What an agent may have at once; what an ancestor states bounds its whole branch together. */
function placesOf({ id, limits: { turnsAtOnceMax }, branchLimits }: Agent): PlaceBound[] {
  const ofBranches = branchLimits.flatMap(({ agentId, limits: { turnsAtOnceMax: max } }) =>
    max === undefined ? [] : [{ agentId, isBranch: true, max }],
  );
  return [{ agentId: id, isBranch: false, max: turnsAtOnceMax }, ...ofBranches];
}

const nameOf = ({ agentId, sessionId }: DueSession) => `${agentId} ${sessionId}`;
const ageOf = ({ sessionId }: DueSession) => workItemIdOf(sessionId) ?? 0;

/** Work items by their rank; before them what waited too long already, and all that is no work item. */
function inOrder(all: readonly DueSession[], overdue: ReadonlySet<string>): DueSession[] {
  const isItem = ({ sessionId }: DueSession) => workItemIdOf(sessionId) !== undefined;
  const placeOf = (due: DueSession) => (isItem(due) ? (overdue.has(nameOf(due)) ? 1 : 2) : 0);
  const rankOf = (due: DueSession) => (isItem(due) ? (due.rank ?? rankDefault) : 0);
  return all.toSorted((a, b) => placeOf(a) - placeOf(b) || rankOf(a) - rankOf(b) || ageOf(a) - ageOf(b));
}

/** The only node that has the work of an item is let first; after a while this one looks what became of the item. */
async function isLeftToItsNode({ work, sessions }: Node['store'], due: DueSession): Promise<boolean> {
  if (workItemIdOf(due.sessionId) === undefined || !(await work.isElsewhere(due))) return false;
  const late = await sessions.due({ max: dueAtOnceMax, sinceMs: pauses.elsewhere });
  return !late.some((one) => nameOf(one) === nameOf(due));
}

export function createSchedule(
  node: TurnNode & Pick<Node, 'agents'>,
  { pool, owner, enginesMax, newId, isElsewhere }: ScheduleOptions,
) {
  const { store, agents, running, clock, log } = node;
  const turns = new Set<Promise<void>>();
  let closed = false;

  /** False if another node was quicker, or took the last place. */
  async function start(due: DueSession, agent: Agent, places: readonly PlaceBound[] | undefined): Promise<boolean> {
    const lease = { owner, leaseMs: limits.leaseSeconds * 1_000, batchMax: batchMaxOf(agent, due) };
    const sinceRenewed = startStopwatch(clock);
    const claim = await store.sessions.claim({ ...due, ...lease, ...(places ? { places } : {}) });
    if (!claim) return false;
    const { session, batch, epoch, claimId } = claim;
    const isAskedFor = batch.some(({ from, command }) => personOf(from) !== undefined || command === 'slack.message');
    const key = { agentId: due.agentId, sessionId: due.sessionId, epoch, claimId, phase: session.phase };
    const turn: RunningTurn = { ...key, turnId: newId(), agent, batch, isAskedFor, sinceRenewed };
    const ended = takeTurn(node, pool, turn, claim).catch((error: unknown) => log.error(messageOf(error)));
    turns.add(ended);
    void ended.then(() => turns.delete(ended));
    return true;
  }

  /** Why no engine can start here now; another node may have room for it. */
  function engineFor({ id }: Agent): Refusal | undefined {
    const count = [...running.values()].filter(({ agent, sessionId }) => !isPoll(agent, sessionId)).length;
    if (count < enginesMax) return undefined;
    const fix =
      'Nothing to do: it begins when a turn has ended. If the machine has memory for more, raise `JVAGENT_ENGINES_MAX` in .env.';
    return refuse('WORKERS', `${id} is waiting: ${enginesMax} turns run, and this node has memory for no more`, fix);
  }

  /** Starts those for which there is room; `taken` counts along. Looking at a board takes nobody's place. */
  async function startAll(all: readonly DueSession[], taken: Map<AgentId, number>): Promise<void> {
    for (const due of all) {
      const state = agents.get(due.agentId);
      if (!state || !('agent' in state)) continue;
      const { agent } = state;
      const places = isPoll(agent, due.sessionId) ? undefined : placesOf(agent);
      if (fullBound(taken, places ?? []) || !(await isTrusted(store, agent, { log, isElsewhere }))) continue;
      const why = (places && engineFor(agent)) ?? (await pool.room(due.agentId, places === undefined));
      if (why) await store.sessions.wait(due, why);
      else if (await isLeftToItsNode(store, due)) continue;
      else if ((await start(due, agent, places)) && places) taken.set(agent.id, (taken.get(agent.id) ?? 0) + 1);
    }
  }

  return {
    /** Starts whatever is due now. */
    async startDue(): Promise<void> {
      if (closed) return;
      const all = await store.sessions.due({ max: dueAtOnceMax });
      if (all.length === 0) return;
      const overdue = { max: dueAtOnceMax, sinceMs: limits.overdueSeconds * 1_000 };
      const late = all.length > 1 ? await store.sessions.due(overdue) : [];
      await startAll(inOrder(all, new Set(late.map(nameOf))), new Map(await store.sessions.takenPlaces()));
    },
    /** Starts nothing more; resolves when the last turn has ended. */
    async close(): Promise<void> {
      closed = true;
      await Promise.all(turns);
    },
  };
}

export type Schedule = ReturnType<typeof createSchedule>;
