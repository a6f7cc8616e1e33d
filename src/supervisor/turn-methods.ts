/**
 * What a worker may ask of its supervisor, bound to the turns that this worker was given.
 *
 * The worker names a turn; which agent, session and epoch that is, and whether it still is, stands here.
 */
import type { Agent } from '../agents/agent.ts';
import type { AgentId } from '../agents/agent-id.ts';
import { memoryFolderOf } from '../agents/memory-folder.ts';
import type { Clock } from '../base/clock.ts';
import type { CrashPoints } from '../base/crash-points.ts';
import type { Broker } from '../broker/broker.ts';
import type { EffectOutcome } from '../effects/ledger.ts';
import type { Implementation } from '../ipc/peer.ts';
import type { LogEntry, SupervisorMethods } from '../ipc/protocol.ts';
import { isRefusal, refuse } from '../refusal.ts';
import type { SessionId } from '../sessions/session-id.ts';
import type { Store } from '../store/database.ts';
import type { LifecycleRules } from '../work-items/lifecycle-events.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import { noteActivity } from './activity.ts';

/** A turn that a worker was given and has not ended. */
export interface RunningTurn {
  turnId: string;
  agentId: AgentId;
  sessionId: SessionId;
  epoch: number;
  agent: Agent;
  /** The message whose turn this is; what is published in it was caused by that one. */
  causedBy: string | undefined;
  /** The phase that its item was last stored in. */
  phase: string | undefined;
}

export interface TurnMethodsOptions {
  store: Store;
  broker: Broker;
  /** The turns of this one worker. */
  turnOf: (turnId: string) => RunningTurn | undefined;
  /** Told of everything that is written to a session's log. */
  onEntries: (turn: RunningTurn, entries: LogEntry[]) => void;
  /** Called when something may have become due. */
  poke: () => void;
  crashPoints: CrashPoints;
  clock: Clock;
}

/** How far back `grep-logs` looks. */
const searchedMax = 5_000;

export function rulesOf({ limits, config }: Agent): LifecycleRules {
  const { attemptsMax, repairsMax, replansMax, questionsMax } = limits;
  const testsMayFail = config.git?.testsMayFail ?? false;
  const rollback = config.instance?.deploy.rollback.mode ?? 'ask';
  return { attemptsMax, repairsMax, replansMax, questionsMax, testsMayFail, rollback };
}

export function createTurnMethods(options: TurnMethodsOptions): Implementation<SupervisorMethods> {
  const { store, broker, turnOf, onEntries, poke, crashPoints, clock } = options;

  function turn(turnId: string): RunningTurn {
    const running = turnOf(turnId);
    if (!running) throw new Error(`the turn ${turnId} is over`);
    return running;
  }

  const ledger = (turnId: string) => store.effects.ledgerOf(turn(turnId));

  async function write(running: RunningTurn, entries: LogEntry[]): Promise<void> {
    await store.log.append(running, entries);
    onEntries(running, entries);
  }

  /** A new phase stands in the session's log; a merge lets the notes count, a failed deployment puts the instance on hold. */
  async function notePhase(running: RunningTurn, { phase, refusal }: WorkItem): Promise<void> {
    if (phase === running.phase) return;
    running.phase = phase;
    await write(running, [{ at: clock.now(), kind: 'phase', text: phase }]);
    if (phase === 'deploying') await store.memory.settle(running.agentId, memoryFolderOf(running.agent.folder));
    if (phase === 'failed' && refusal?.refused === 'HOLD') await store.agents.set(running.agentId, { hold: refusal });
  }

  /** What was done outside stands in the session's log and in the agent's own memory. */
  async function noteEffect(running: RunningTurn, key: string, outcome: EffectOutcome): Promise<void> {
    const what = key.slice(running.agentId.length + 1);
    const came =
      outcome.kind === 'done' ? 'done' : `${outcome.kind}: ${outcome.refusal.refused}, ${outcome.refusal.why}`;
    await write(running, [{ at: clock.now(), kind: 'effect', text: `${what}: ${came}` }]);
    if (outcome.kind !== 'later') noteActivity(running.agent.folder, clock.now(), `${what}: ${came}`);
  }

  return {
    async apply({ turnId, event }) {
      const running = turn(turnId);
      const { agent, agentId, sessionId, epoch } = running;
      const stateMapping = agent.config.devops?.stateMapping ?? {};
      const applied = await store.items.apply({
        agentId,
        sessionId,
        epoch,
        event,
        rules: rulesOf(agent),
        stateMapping,
      });
      crashPoints.reach('supervisor.commit');
      if (isRefusal(applied)) return applied;
      await notePhase(running, applied.item);
      return applied;
    },
    async effectBegin({ turnId, key, intent }) {
      const before = await ledger(turnId).begin(key, intent);
      crashPoints.reach('supervisor.commit');
      return before ?? null;
    },
    async effectEnd({ turnId, key, outcome, permitId }) {
      await ledger(turnId).end(key, outcome, permitId);
      crashPoints.reach('supervisor.commit');
      await noteEffect(turn(turnId), key, outcome);
      return null;
    },
    async record({ turnId, entries }) {
      await write(turn(turnId), entries);
      return null;
    },
    async transcript({ turnId, engineSessionId, rows }) {
      const running = turn(turnId);
      await store.sessions.setEngineSession(running, engineSessionId);
      await store.transcripts.append(
        running,
        rows.map((row) => ({ row })),
      );
      return null;
    },
    async usage({ turnId, usd, tokens }) {
      await store.usage.add(turn(turnId), { usd, tokens, turns: 1 });
      return null;
    },
    async memory({ turnId, files }) {
      const running = turn(turnId);
      await store.memory.keep(running, memoryFolderOf(running.agent.folder), files);
      const at = clock.now();
      await write(
        running,
        files.map(({ file, text }) => ({ at, kind: 'memory', text: `${file}, ${text.length} characters` })),
      );
      return null;
    },
    async publish({ turnId, draft }) {
      const { agentId, sessionId, causedBy } = turn(turnId);
      const sent = await broker.publish(draft, { kind: 'agent', agentId, sessionId }, causedBy);
      poke();
      return sent ?? refuse('ADDRESS_DENIED', 'this message was sent before', 'Nothing to do.');
    },
    async polled({ turnId, cursor }) {
      await store.agents.set(turn(turnId).agentId, { pollCursor: cursor });
      return null;
    },
    async grep({ turnId, text, sessionId, limit }) {
      const { agentId } = turn(turnId);
      const entries = await store.log.tail({ agentId, ...(sessionId ? { sessionId } : {}), max: searchedMax });
      const wanted = text.toLowerCase();
      return entries.filter((entry) => JSON.stringify(entry).toLowerCase().includes(wanted)).slice(-limit);
    },
  };
}
