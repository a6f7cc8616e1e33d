/**
 * The model's provider as one agent meets it: while it refuses, no turn begins for nothing, and no work item pays for it.
 *
 * a turn fails for it -> the agent is failing, said once -> after a pause that grows one turn tries again -> it answers ->
 * every session that waited for it is woken. A session that is refused again although others were answered since is refused
 * for what it says itself.
 */
import type { Clock } from '../base/clock.ts';
import { createOrder } from '../base/in-order.ts';
import type { Log } from '../base/log.ts';
import type { Refusal } from '../refusal.ts';
import type { ModelFault } from '../store/agents.ts';
import type { Store } from '../store/database.ts';
import type { RunningTurn } from './running-turn.ts';

export interface ModelWatchOptions {
  store: Pick<Store, 'agents' | 'sessions'>;
  clock: Pick<Clock, 'now'>;
  log: Log;
}

export interface ModelWatch {
  /** Why the turn may not ask the model now, with `until`; the first one after a pause may, and so may what a person asked for. */
  ask(turn: RunningTurn): Promise<Refusal | undefined>;
  /**
   * The turn failed for the provider; the same refusal with `until`, when it is worth trying again. Undefined where it
   * `mayBeOwn`, and is: nobody but this session is refused.
   */
  failed(turn: RunningTurn, refusal: Refusal, mayBeOwn: boolean): Promise<Refusal | undefined>;
  answered(turn: RunningTurn): Promise<void>;
  /** Its key or address may have changed: the next turn tries at once. */
  tryAtOnce(agentId: string): Promise<void>;
}

const firstPauseMs = 10_000;
const pauseMsMax = 600_000;

const pauseMs = (tries: number) => Math.min(firstPauseMs * 2 ** (tries - 1), pauseMsMax);

export function createModelWatch({ store, clock, log }: ModelWatchOptions): ModelWatch {
  const { agents, sessions } = store;
  const inOrder = createOrder();
  /** By agent: its sessions that were refused, and whether another one was answered since. */
  const refused = new Map<string, Map<string, boolean>>();

  /** Whether the session was refused before, and another one was answered since. */
  function isOwn({ agentId, sessionId }: RunningTurn): boolean {
    const sessionsOf = refused.get(agentId) ?? new Map<string, boolean>();
    refused.set(agentId, sessionsOf);
    const othersAnswered = sessionsOf.get(sessionId) ?? false;
    sessionsOf.set(sessionId, othersAnswered);
    return othersAnswered;
  }

  function noteAnswer({ agentId, sessionId }: RunningTurn): void {
    const sessionsOf = refused.get(agentId);
    sessionsOf?.delete(sessionId);
    for (const other of sessionsOf?.keys() ?? []) sessionsOf?.set(other, true);
  }

  const faultOf = async (agentId: string) => (await agents.get(agentId)).modelFault;

  async function wakeWaiting(agentId: string): Promise<void> {
    const all = await sessions.list(agentId);
    for (const session of all) if (session.waits?.system === 'model') await sessions.wake(session);
  }

  return {
    ask: ({ agentId, isAskedFor }) =>
      inOrder(async () => {
        const fault = await faultOf(agentId);
        const now = clock.now();
        if (!fault) return undefined;
        if (now < fault.until && !isAskedFor) return refusalOf(fault);
        await agents.set(agentId, { modelFault: { ...fault, until: now + pauseMs(fault.tries) } });
        return undefined;
      }),
    failed: (turn, refusal, mayBeOwn) =>
      inOrder(async () => {
        const { agentId } = turn;
        if (mayBeOwn && isOwn(turn)) return undefined;
        const before = await faultOf(agentId);
        const now = clock.now();
        const tries = (before?.tries ?? 0) + 1;
        const until = Math.max(refusal.until ?? 0, now + pauseMs(tries));
        const fault = { ...refusal, system: 'model' as const, since: before?.since ?? now, tries, until };
        await agents.set(agentId, { modelFault: fault });
        const isNews = before?.why !== refusal.why;
        if (isNews) log.warn({ agentId }, `${refusal.refused}: ${refusal.why}. ${refusal.mend}`);
        return refusalOf(fault);
      }),
    answered: (turn) =>
      inOrder(async () => {
        const { agentId } = turn;
        noteAnswer(turn);
        if (!(await faultOf(agentId))) return;
        await agents.set(agentId, { modelFault: null });
        log.info({ agentId }, 'the model answers again');
        await wakeWaiting(agentId);
      }),
    tryAtOnce: (agentId) =>
      inOrder(async () => {
        const fault = await faultOf(agentId);
        if (!fault) return;
        await agents.set(agentId, { modelFault: { ...fault, until: clock.now() } });
        await wakeWaiting(agentId);
      }),
  };
}

const refusalOf = ({ since: _since, tries: _tries, ...refusal }: ModelFault): Refusal => refusal;
