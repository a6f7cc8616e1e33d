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
import { type Message, personOf } from '../broker/message.ts';
import { isThreadSession, mainSession, workItemIdOf } from '../broker/session-id.ts';
import { limits } from '../limits.ts';
import { type Refusal, refuse } from '../refusal.ts';
import { fullBound, type PlaceBound } from '../store/claims/places.ts';
import type { DueSession } from '../store/claims/port.ts';
import { pauses } from '../waits.ts';
import { rankDefault } from '../work-items/rank.ts';
import type { Node } from './node.ts';
import { lostTurnText } from './nodes/lost-turn.ts';
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
const overdueMs = limits.overdueSeconds * 1_000;
/** How often one step looks past agents of which nothing can start. */
const looksMax = 10;
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
function inOrder(all: readonly DueSession[]): DueSession[] {
  const isItem = ({ sessionId }: DueSession) => workItemIdOf(sessionId) !== undefined;
  const placeOf = (due: DueSession) => (isItem(due) ? (due.lateMs >= overdueMs ? 1 : 2) : 0);
  const rankOf = (due: DueSession) => (isItem(due) ? (due.rank ?? rankDefault) : 0);
  return all.toSorted((a, b) => placeOf(a) - placeOf(b) || rankOf(a) - rankOf(b) || ageOf(a) - ageOf(b));
}

/** The only node that has the work of an item is let first; after a while this one looks what became of the item. */
async function isLeftToItsNode({ work }: Node['store'], due: DueSession): Promise<boolean> {
  if (workItemIdOf(due.sessionId) === undefined || due.lateMs >= pauses.elsewhere) return false;
  return work.isElsewhere(due);
}

const isPersons = ({ from, command }: Message) => personOf(from) !== undefined || command === 'slack.message';

function soundAgent(agents: Node['agents'], id: string): Agent | undefined {
  const state = agents.get(id);
  return state && 'agent' in state ? state.agent : undefined;
}

/** Why no engine can start here now; another node may have room for it. */
function noEngine({ id }: Agent, running: Node['running'], enginesMax: number): Refusal | undefined {
  const count = [...running.values()].filter(({ agent, sessionId }) => !isPoll(agent, sessionId)).length;
  if (count < enginesMax) return undefined;
  const fix =
    'Nothing to do: it begins when a turn has ended. If the machine has memory for more, raise `JVAGENT_ENGINES_MAX` in .env.';
  return refuse('WORKERS', `${id} is waiting: ${enginesMax} turns run, and this node has memory for no more`, fix);
}

/** The agents of which nothing can start here now, and those of which nothing but the session `main`: a look needs no place. */
interface Stuck {
  readonly agents: Set<AgentId>;
  readonly turns: Set<AgentId>;
}

const addStuck = ({ agents, turns }: Stuck, { agentId, sessionId }: DueSession): void =>
  void (sessionId === mainSession ? agents : turns).add(agentId);

/** How long a look that waits for a worker is not told so again: a thousand may wait, and each is asked about several times a second. */
const toldMs = 5_000;

function createTold(clock: Node['clock']) {
  const told = new Map<string, number>();
  const isNew = (at: number) => clock.now() - at < toldMs;
  return {
    has: (due: DueSession) => isNew(told.get(nameOf(due)) ?? Number.NEGATIVE_INFINITY),
    add: (due: DueSession) => void told.set(nameOf(due), clock.now()),
    dropOld(): void {
      for (const [name, at] of told) if (!isNew(at)) told.delete(name);
    },
  };
}

/** Claims sessions, and has their turns taken. */
function createStarts(node: TurnNode, { pool, owner, newId }: ScheduleOptions) {
  const { store, clock, log } = node;
  const turns = new Set<Promise<void>>();

  /** False if another node was quicker, or took the last place. */
  async function start(due: DueSession, agent: Agent, places: readonly PlaceBound[] | undefined): Promise<boolean> {
    const lease = { owner, leaseMs: limits.leaseSeconds * 1_000, batchMax: batchMaxOf(agent, due) };
    const cutOff = due.lostBy && (await lostTurnText(store.nodes, due.lostBy, owner));
    const sinceRenewed = startStopwatch(clock);
    const claim = await store.sessions.claim({ ...due, ...lease, ...(places ? { places } : {}) });
    if (!claim) return false;
    const { session, batch, epoch, claimId } = claim;
    const key = { agentId: due.agentId, sessionId: due.sessionId, epoch, claimId, phase: session.phase };
    const asked = { batch, isAskedFor: batch.some(isPersons) };
    const turn: RunningTurn = { ...key, ...asked, cutOff, turnId: newId(), agent, sinceRenewed };
    const taken = takeTurn(node, pool, turn, claim).catch((error: unknown) => log.error(messageOf(error)));
    const ended: Promise<void> = taken.finally(() => turns.delete(ended));
    turns.add(ended);
    return true;
  }

  return { start, allEnded: () => Promise.all(turns) };
}

export function createSchedule(node: TurnNode & Pick<Node, 'agents'>, options: ScheduleOptions) {
  const { pool, enginesMax, isElsewhere } = options;
  const { store, agents, running, clock, log } = node;
  const { start, allEnded } = createStarts(node, options);
  const told = createTold(clock);
  let isClosed = false;

  /** Starts those for which there is room; `taken` counts along. Looking at a board takes nobody's place. */
  async function startAll(all: readonly DueSession[], taken: Map<AgentId, number>, stuck: Stuck): Promise<void> {
    for (const due of all) {
      if (isClosed) return;
      const agent = soundAgent(agents, due.agentId);
      const places = agent && !isPoll(agent, due.sessionId) ? placesOf(agent) : undefined;
      const isTold = agent !== undefined && !places && told.has(due);
      const stillWaits = isTold && (await pool.room(due.agentId, true)) !== undefined;
      if (stillWaits || fullBound(taken, places ?? [])) {
        addStuck(stuck, due);
        continue;
      }
      if (!agent || !(await isTrusted(store, agent, { log, isElsewhere }))) {
        stuck.agents.add(due.agentId);
        continue;
      }
      const engine = places && noEngine(agent, running, enginesMax);
      const why = engine ?? (isTold ? undefined : await pool.room(due.agentId, !places));
      if (why) {
        addStuck(stuck, due);
        await store.sessions.wait(due, why);
        told.add(due);
      } else if (await isLeftToItsNode(store, due)) continue;
      else if ((await start(due, agent, places)) && places) taken.set(agent.id, (taken.get(agent.id) ?? 0) + 1);
    }
  }

  return {
    /** Starts whatever is due now. Agents of which nothing can start do not hide those that were due later. */
    async startDue(): Promise<void> {
      const stuck: Stuck = { agents: new Set(), turns: new Set() };
      told.dropOld();
      for (let looks = 0; looks < looksMax && !isClosed; looks += 1) {
        const [without, onlyMain] = [[...stuck.agents], [...stuck.turns]];
        const all = await store.sessions.due({ max: dueAtOnceMax, without, onlyMain });
        if (all.length === 0) return;
        await startAll(inOrder(all), new Map(await store.sessions.takenPlaces()), stuck);
        const isMoreStuck = stuck.agents.size > without.length || stuck.turns.size > onlyMain.length;
        if (all.length < dueAtOnceMax || !isMoreStuck) return;
      }
    },
    startNoMore(): void {
      isClosed = true;
    },
    /** Resolves when the last turn has ended. */
    allEnded,
  };
}

export type Schedule = ReturnType<typeof createSchedule>;
