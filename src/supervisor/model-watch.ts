/**
 * The model's provider as one agent meets it: while it refuses, no turn begins for nothing, and no work item pays for it.
 *
 * a turn fails for it -> the agent is failing, said once -> after a pause that grows one turn tries again -> it answers ->
 * every session that waited for it is woken. The one that failed last lets the others go first. A session that is refused
 * again although others were answered since is refused for what it says itself, and keeps nobody but itself waiting.
 */
import type { Clock } from '../base/clock.ts';
import { createOrder } from '../base/in-order.ts';
import type { Log } from '../base/log.ts';
import type { Refusal } from '../refusal.ts';
import type { ModelFault } from '../store/agents.ts';
import type { Store } from '../store/database/database.ts';
import type { StoredSession } from '../store/session-rows.ts';
import { pauses, tryAgainAt } from '../waits.ts';
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
   * `mayBeOwn`, and is: nobody but this session is refused, or it alone waits and was refused often enough. What cannot be
   * its own holds it alone while others are answered.
   */
  failed(turn: RunningTurn, refusal: Refusal, mayBeOwn: boolean): Promise<Refusal | undefined>;
  answered(turn: RunningTurn): Promise<void>;
  /** Its key or address may have changed: the next turn tries at once. */
  tryAtOnce(agentId: string): Promise<void>;
}

/** So often a session is refused with nobody beside it who could tell whether others are too: about five minutes. */
const refusedAloneMax = 5;

/** `tries` counts the one that just failed. */
const nextAt = (now: number, tries: number) => tryAgainAt(now, pauses.model, tries - 1);

/** A session that was refused and not answered since. */
interface Refused {
  times: number;
  /** Since its last refusal. */
  othersAnswered: boolean;
  /** What keeps it alone waiting, with `until`. */
  own?: Refusal & { until: number };
}

/** An agent's sessions that wait for its model. */
function createWaiting(sessions: Store['sessions']) {
  const list = async (agentId: string): Promise<StoredSession[]> =>
    (await sessions.list(agentId)).filter(({ waits }) => waits?.system === 'model');
  return {
    list,
    async wake(agentId: string): Promise<void> {
      for (const session of await list(agentId)) await sessions.wake(session);
    },
  };
}

/** What is known of an agent's sessions that were refused. */
function createRefusals() {
  /** By agent: its sessions that were refused and not answered since. */
  const refused = new Map<string, Map<string, Refused>>();
  /** By agent: the session that failed last, until it has let the others go first. */
  const lastOf = new Map<string, string>();
  return {
    of: ({ agentId, sessionId }: RunningTurn) => refused.get(agentId)?.get(sessionId),
    forget: (agentId: string) => refused.delete(agentId),
    failedLast: ({ agentId, sessionId }: RunningTurn) => void lastOf.set(agentId, sessionId),
    /** Once after each of its failures. */
    wasLast({ agentId, sessionId }: RunningTurn): boolean {
      return lastOf.get(agentId) === sessionId && lastOf.delete(agentId);
    },
    note({ agentId, sessionId }: RunningTurn) {
      const sessionsOf = refused.get(agentId) ?? new Map<string, Refused>();
      refused.set(agentId, sessionsOf);
      const { times = 0, othersAnswered = false } = sessionsOf.get(sessionId) ?? {};
      const noted: Refused = { times: times + 1, othersAnswered: false };
      sessionsOf.set(sessionId, noted);
      return { noted, isAlone: othersAnswered };
    },
    answered({ agentId, sessionId }: RunningTurn): void {
      const sessionsOf = refused.get(agentId);
      sessionsOf?.delete(sessionId);
      for (const other of sessionsOf?.values() ?? []) other.othersAnswered = true;
    },
  };
}

export function createModelWatch({ store, clock, log }: ModelWatchOptions): ModelWatch {
  const { agents } = store;
  const waiting = createWaiting(store.sessions);
  const inOrder = createOrder();
  const refusals = createRefusals();
  const faultOf = async (agentId: string) => (await agents.get(agentId)).modelFault;

  const othersWait = async ({ agentId, sessionId }: RunningTurn) =>
    (await waiting.list(agentId)).some((other) => other.sessionId !== sessionId);

  /** Whether it is for others to try first: not for ever, since they may not come. */
  const standsAside = async (turn: RunningTurn) => refusals.wasLast(turn) && (await othersWait(turn));

  return {
    ask: (turn) =>
      inOrder(async () => {
        const { agentId, isAskedFor } = turn;
        const fault = await faultOf(agentId);
        const now = clock.now();
        const own = refusals.of(turn)?.own;
        if (own && now < own.until && !isAskedFor) return own;
        if (!fault) return undefined;
        if (now < fault.until && !isAskedFor) return refusalOf(fault);
        if (!isAskedFor && (await standsAside(turn))) return { ...refusalOf(fault), until: nextAt(now, 1) };
        await agents.set(agentId, { modelFault: { ...fault, until: nextAt(now, fault.tries) } });
        return undefined;
      }),
    failed: (turn, refusal, mayBeOwn) =>
      inOrder(async () => {
        const { agentId } = turn;
        const now = clock.now();
        const { noted, isAlone } = refusals.note(turn);
        if (isAlone) {
          if (mayBeOwn) return undefined;
          const until = Math.max(refusal.until ?? 0, nextAt(now, noted.times));
          noted.own = { ...refusal, system: 'model', until };
          return noted.own;
        }
        if (mayBeOwn && noted.times > refusedAloneMax && !(await othersWait(turn))) return undefined;
        refusals.failedLast(turn);
        const before = await faultOf(agentId);
        const tries = (before?.tries ?? 0) + 1;
        const until = Math.max(refusal.until ?? 0, nextAt(now, tries));
        const fault = { ...refusal, system: 'model' as const, since: before?.since ?? now, tries, until };
        await agents.set(agentId, { modelFault: fault });
        const isNews = before?.why !== refusal.why;
        if (isNews) log.warn({ agentId }, `${refusal.refused}: ${refusal.why}. ${refusal.fix}`);
        return refusalOf(fault);
      }),
    answered: (turn) =>
      inOrder(async () => {
        const { agentId } = turn;
        refusals.answered(turn);
        if (!(await faultOf(agentId))) return;
        await agents.set(agentId, { modelFault: null });
        log.info({ agentId }, 'the model answers again');
        await waiting.wake(agentId);
      }),
    tryAtOnce: (agentId) =>
      inOrder(async () => {
        refusals.forget(agentId);
        const fault = await faultOf(agentId);
        if (!fault) return;
        // Where nobody waits nobody would ask, and find out that it is over.
        const isAwaited = (await waiting.list(agentId)).length > 0;
        await agents.set(agentId, { modelFault: isAwaited ? { ...fault, until: clock.now() } : null });
        await waiting.wake(agentId);
      }),
  };
}

const refusalOf = ({ since: _since, tries: _tries, ...refusal }: ModelFault): Refusal => refusal;
