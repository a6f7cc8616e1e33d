/**
 * Gives due sessions their turns: one at a time each, as many at once as the agent may, by claim and lease.
 *
 * due -> agent sound and not full -> claim -> order -> worker -> rest -> release; a turn that throws is released unclean.
 */
import type { Agent } from '../agents/agent.ts';
import type { AgentStore } from '../agents/agent-store.ts';
import { memoryFolderOf } from '../agents/memory-folder.ts';
import { heldBy } from '../agents/trust.ts';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { LogEntry, TurnOrder, TurnRest } from '../ipc/protocol.ts';
import { limits } from '../limits.ts';
import { isRefusal } from '../refusal.ts';
import { mainSession } from '../sessions/session-id.ts';
import type { Store } from '../store/database.ts';
import type { DueSession } from '../store/due.ts';
import type { Claim } from '../store/sessions.ts';
import { readActivity } from './activity.ts';
import type { RunningTurn } from './turn-methods.ts';
import type { WorkerPool } from './worker-pool.ts';

export interface ScheduleOptions {
  store: Store;
  agents: AgentStore;
  pool: Pick<WorkerPool, 'get'>;
  /** Turns under way, by their ids; kept here. */
  running: Map<string, RunningTurn>;
  /** The name that this node's leases bear. */
  owner: string;
  newId: () => string;
  onEntries: (turn: RunningTurn, entries: LogEntry[]) => void;
  clock: Clock;
  log: Log;
}

const dueAtOnceMax = 100;
const batchMax = 100;
/** How soon a session is looked at again whose turn could not start or broke. */
const againMs = 5_000;

/** Taken together anew for each turn, so that a merge or an edit that no one told us of counts too. */
async function memoryFor(store: Store, turn: RunningTurn): Promise<TurnOrder['memory']> {
  const { folder } = turn.agent;
  await store.memory.settle(turn.agentId, memoryFolderOf(folder));
  return { files: await store.memory.of(turn), activity: readActivity(folder) };
}

export function createSchedule(options: ScheduleOptions) {
  const { store, agents, pool, running, owner, newId, clock, log } = options;
  const turns = new Set<Promise<void>>();
  let closed = false;

  function hasRoom(agent: Agent): boolean {
    const own = [...running.values()].filter((turn) => turn.agentId === agent.id).length;
    return own < agent.limits.turnsAtOnceMax;
  }

  /** Whether the agent is as it was trusted; one that is seen for the first time is. */
  async function isTrusted(agent: Agent): Promise<boolean> {
    const { trusted, fault } = await store.agents.get(agent.id);
    const { digest, steering } = agent;
    if (!trusted) await store.agents.set(agent.id, { trusted: { digest, steering } });
    const held = heldBy(trusted, agent) ?? null;
    if (held?.why !== fault?.why) {
      await store.agents.set(agent.id, { fault: held });
      if (held) log.warn({ agentId: agent.id }, `${held.refused}: ${held.why}. ${held.mend}`);
    }
    return held === null;
  }

  async function orderOf(turn: RunningTurn, claim: Claim): Promise<TurnOrder> {
    const { agentId, sessionId, turnId } = turn;
    const { session, batch, openIntents, deaths } = claim;
    const beats = sessionId === mainSession && batch.some((message) => message.command === 'heartbeat');
    const known = sessionId === mainSession ? await store.sessions.list(agentId) : [];
    const [state, rows, usdToday, agentIdentities, memory] = await Promise.all([
      store.agents.get(agentId),
      session.engineSessionId ? store.transcripts.load(turn) : [],
      store.usage.usdToday(agentId),
      store.agents.allIdentities(),
      memoryFor(store, turn),
    ]);
    if (beats) await store.agents.set(agentId, { lastHeartbeatAt: clock.now() });
    return {
      turnId,
      sessionId,
      epoch: claim.epoch,
      batch,
      openIntents,
      deaths,
      known: known.flatMap(({ item }) => (item ? [{ workItemId: item.workItemId, phase: item.phase }] : [])),
      agentIdentities,
      memory,
      usdToday,
      usdOfItem: session.usd,
      ...(session.item ? { item: session.item } : {}),
      ...(state?.pollCursor ? { cursor: state.pollCursor } : {}),
      ...(state?.hold ? { hold: state.hold } : {}),
      ...(session.engineSessionId
        ? { conversation: { engineSessionId: session.engineSessionId, rows: rows.map(({ row }) => row) } }
        : {}),
    };
  }

  async function note(turn: RunningTurn, kind: string, text: string): Promise<void> {
    const entries = [{ at: clock.now(), kind, text }];
    await store.log.append(turn, entries);
    options.onEntries(turn, entries);
  }

  /** The turn in its agent's worker; a worker that cannot start leaves the session waiting, with the reason. */
  async function inWorker(turn: RunningTurn, claim: Claim): Promise<TurnRest> {
    const worker = await pool.get(turn.agentId);
    if (isRefusal(worker)) return { wakeInMs: againMs * 6, why: worker };
    const done = worker.busy();
    try {
      return await worker.peer.call('turn', await orderOf(turn, claim));
    } finally {
      done();
    }
  }

  async function rest(turn: RunningTurn, { wakeInMs, why }: TurnRest): Promise<void> {
    if (why) await note(turn, 'waits', `${why.refused}: ${why.why}. ${why.mend}`);
    const wakeAt = wakeInMs === undefined ? {} : { wakeAt: clock.now() + wakeInMs };
    await store.sessions.release({ ...turn, clean: true, ...wakeAt, ...(why ? { why } : {}) });
  }

  async function run(turn: RunningTurn, claim: Claim): Promise<void> {
    running.set(turn.turnId, turn);
    try {
      await rest(turn, await inWorker(turn, claim));
    } catch (error) {
      log.warn({ agentId: turn.agentId, sessionId: turn.sessionId }, `a turn broke: ${messageOf(error)}`);
      await note(turn, 'broke', messageOf(error));
      await store.sessions.release({ ...turn, clean: false });
    } finally {
      running.delete(turn.turnId);
    }
  }

  async function start(due: DueSession, agent: Agent): Promise<void> {
    const claim = await store.sessions.claim({ ...due, owner, leaseMs: limits.leaseSeconds * 1_000, batchMax });
    if (!claim) return;
    const causedBy = claim.batch.at(-1)?.id;
    const { epoch, session } = claim;
    const turn: RunningTurn = { ...due, turnId: newId(), epoch, agent, causedBy, phase: session.phase };
    const ended = run(turn, claim).catch((error: unknown) => log.error(messageOf(error)));
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
        if (hasRoom(state.agent) && (await isTrusted(state.agent))) await start(due, state.agent);
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
