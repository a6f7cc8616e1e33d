/**
 * Watches the model's provider for each agent: while it refuses, no turn starts in vain, and no work item uses up an attempt.
 *
 * a turn fails because of it -> the agent is failing, logged once -> after a growing pause one turn tries again -> it answers ->
 * every session that waited for it is woken. The session that failed last lets the others go first. If a session is refused
 * again although others were answered since, its own content is the cause, and only this session waits.
 */
import type { Clock } from '../base/clock.ts';
import { createOrder } from '../base/in-order.ts';
import type { Log } from '../base/log.ts';
import type { Refusal } from '../refusal.ts';
import { modelCheckOf } from '../status/finding.ts';
import type { ModelFault } from '../store/agents.ts';
import type { Store } from '../store/database/database.ts';
import type { StoredSession } from '../store/session-rows.ts';
import { pauses, tryAgainAt } from '../waits.ts';
import type { RunningTurn } from './running-turn.ts';

export interface ModelWatchOptions {
  store: Pick<Store, 'agents' | 'findings' | 'sessions' | 'sessionLists'>;
  clock: Pick<Clock, 'now'>;
  log: Log;
}

export interface ModelWatch {
  /**
   * Why the turn cannot call the model now, with `until`. The first turn after a pause may call it, and so may a turn that a person
   * asked for.
   */
  ask(turn: RunningTurn): Promise<Refusal | undefined>;
  /**
   * The turn failed for the provider; the same refusal with `until`, when it is worth trying again. Undefined where it
   * `mayBeOwn`, and is: nobody but this session is refused, or it alone waits and was refused often enough. What cannot be
   * its own holds it alone while others are answered.
   */
  failed(turn: RunningTurn, refusal: Refusal, mayBeOwn: boolean): Promise<Refusal | undefined>;
  answered(turn: RunningTurn): Promise<void>;
  /** The key or address may have changed: lets the next turn try at once. */
  tryAtOnce(agentId: string): Promise<void>;
}

/** How many times a session is refused while no other session can show whether others are refused too: about five minutes. */
const refusedAloneMax = 5;

/** `tries` includes the one that just failed. */
const nextAt = (now: number, tries: number) => tryAgainAt(now, pauses.model, tries - 1);

/** A session that was refused and not answered after that. */
interface Refused {
  times: number;
  /** Whether others were answered after its last refusal. */
  othersAnswered: boolean;
  /** Why only this session waits, with `until`. */
  own?: Refusal & { until: number };
}

/** The sessions of an agent that wait for its model. */
function createWaiting({ sessions, sessionLists }: ModelWatchOptions['store']) {
  const list = async (agentId: string): Promise<StoredSession[]> =>
    (await sessionLists.waiting(agentId)).filter(({ waits }) => waits?.system === 'model');
  return {
    list,
    async wake(agentId: string): Promise<void> {
      for (const session of await list(agentId)) await sessions.wake(session);
    },
  };
}

/** Remembers the refused sessions of each agent. */
function createRefusals() {
  /** By agent: the sessions that were refused and not answered after that. */
  const refused = new Map<string, Map<string, Refused>>();
  /** By agent: the session that failed last, until the others have gone first. */
  const lastOf = new Map<string, string>();
  return {
    of: ({ agentId, sessionId }: RunningTurn) => refused.get(agentId)?.get(sessionId),
    forget: (agentId: string) => refused.delete(agentId),
    failedLast: ({ agentId, sessionId }: RunningTurn) => void lastOf.set(agentId, sessionId),
    /** Returns true once after each of its failures. */
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
  const waiting = createWaiting(store);
  const inOrder = createOrder();
  const refusals = createRefusals();
  const faultOf = async (agentId: string) => (await agents.get(agentId)).modelFault;

  const othersWait = async ({ agentId, sessionId }: RunningTurn) =>
    (await waiting.list(agentId)).some((other) => other.sessionId !== sessionId);

  /** Whether others should try first; not forever, because they may not come. */
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
        if (before?.why !== refusal.why) log.warn({ agentId }, `${refusal.refused}: ${refusal.why}. ${refusal.fix}`);
        return refusalOf(fault);
      }),
    answered: (turn) =>
      inOrder(async () => {
        const { agentId } = turn;
        refusals.answered(turn);
        await store.findings.drop(agentId, modelCheckOf(agentId));
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
        // If no session waits, no turn would try the provider and notice that it works again.
        const isAwaited = (await waiting.list(agentId)).length > 0;
        await agents.set(agentId, { modelFault: isAwaited ? { ...fault, until: clock.now() } : null });
        await waiting.wake(agentId);
      }),
  };
}

const refusalOf = ({ since: _since, tries: _tries, ...refusal }: ModelFault): Refusal => refusal;
