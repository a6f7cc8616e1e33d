/**
 * Watches the model's provider for each agent: while it refuses, no turn starts in vain, and no work item uses up an attempt.
 *
 * a turn fails because of it -> the agent is failing, logged once -> after a growing pause one turn tries again -> it answers ->
 * every session that waited for it is woken. The session that failed last lets the others go first. If a session is refused
 * again although others were answered since, its own content is the cause, and only this session waits. All of it is in the store, so
 * that it holds for the turns of all nodes together.
 */
import type { Clock } from '../base/clock.ts';
import { createOrder } from '../base/in-order.ts';
import type { Log } from '../base/log.ts';
import type { Refusal } from '../refusal.ts';
import { modelCheckOf } from '../status/finding.ts';
import type { ModelFault, ModelState, RefusedSession } from '../store/agents.ts';
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

/** Sessions of an agent that are remembered as refused. */
const refusedMax = 100;

type Decided<T> = readonly [after: ModelState, answer: T];

function withRefused(state: ModelState, { sessionId }: RunningTurn, refused: RefusedSession): ModelState {
  const { [sessionId]: _, ...others } = state.refused;
  const kept = Object.entries(others).slice(1 - refusedMax);
  return { ...state, refused: { ...Object.fromEntries(kept), [sessionId]: refused } };
}

/** `othersWait`: whether others should try first; they do so once, because they may not come. */
function asked(state: ModelState, turn: RunningTurn, now: number, othersWait: boolean): Decided<Refusal | undefined> {
  const { fault } = state;
  const { sessionId, isAskedFor } = turn;
  const own = state.refused[sessionId]?.own;
  if (own && now < own.until && !isAskedFor) return [state, own];
  if (!fault) return [state, undefined];
  if (now < fault.until && !isAskedFor) return [state, refusalOf(fault)];
  const wasLast = !isAskedFor && state.last === sessionId;
  const after = wasLast ? { ...state, last: undefined } : state;
  if (wasLast && othersWait) return [after, { ...refusalOf(fault), until: nextAt(now, 1) }];
  return [{ ...after, fault: { ...fault, until: nextAt(now, fault.tries) } }, undefined];
}

interface Failure {
  readonly refusal: Refusal;
  readonly mayBeOwn: boolean;
  readonly othersWait: boolean;
}

function refusedTurn(
  state: ModelState,
  turn: RunningTurn,
  now: number,
  { refusal, mayBeOwn, othersWait }: Failure,
): Decided<Refusal | undefined> {
  const before = state.refused[turn.sessionId];
  const noted: RefusedSession = { times: (before?.times ?? 0) + 1, othersAnswered: false };
  const after = withRefused(state, turn, noted);
  if (before?.othersAnswered) {
    if (mayBeOwn) return [after, undefined];
    const until = Math.max(refusal.until ?? 0, nextAt(now, noted.times));
    const own = { ...refusal, system: 'model', until } as const;
    return [withRefused(state, turn, { ...noted, own }), own];
  }
  if (mayBeOwn && noted.times > refusedAloneMax && !othersWait) return [after, undefined];
  const tries = (state.fault?.tries ?? 0) + 1;
  const until = Math.max(refusal.until ?? 0, nextAt(now, tries));
  const fault = { ...refusal, system: 'model' as const, since: state.fault?.since ?? now, tries, until };
  return [{ ...after, last: turn.sessionId, fault }, refusalOf(fault)];
}

function answeredTurn(state: ModelState, { sessionId }: RunningTurn): ModelState {
  const others = Object.entries(state.refused).filter(([id]) => id !== sessionId);
  const refused = Object.fromEntries(others.map(([id, other]) => [id, { ...other, othersAnswered: true }]));
  return { ...state, refused, fault: undefined };
}

/** Judges by what all nodes know, and stores what follows, whatever others store at the same moment. */
function createChange(agents: ModelWatchOptions['store']['agents']) {
  return async function change<T>(agentId: string, decide: (before: ModelState) => Decided<T>) {
    for (;;) {
      const before = await agents.model(agentId);
      const [after, answer] = decide(before);
      const isSame = JSON.stringify(after) === JSON.stringify(before);
      if (isSame || (await agents.setModel(agentId, after, before))) return { before, answer };
    }
  };
}

export function createModelWatch({ store, clock, log }: ModelWatchOptions): ModelWatch {
  const { agents } = store;
  const waiting = createWaiting(store);
  const inOrder = createOrder();
  const change = createChange(agents);

  const othersWait = async ({ agentId, sessionId }: RunningTurn) =>
    (await waiting.list(agentId)).some((other) => other.sessionId !== sessionId);

  return {
    ask: (turn) =>
      inOrder(async () => {
        const { last } = await agents.model(turn.agentId);
        const others = last === turn.sessionId && (await othersWait(turn));
        const { answer } = await change(turn.agentId, (state) => asked(state, turn, clock.now(), others));
        return answer;
      }),
    failed: (turn, refusal, mayBeOwn) =>
      inOrder(async () => {
        const { agentId } = turn;
        const failure = { refusal, mayBeOwn, othersWait: mayBeOwn && (await othersWait(turn)) };
        const { before, answer } = await change(agentId, (state) => refusedTurn(state, turn, clock.now(), failure));
        const isNews = answer !== undefined && before.fault?.why !== refusal.why;
        if (isNews) log.warn({ agentId }, `${refusal.refused}: ${refusal.why}. ${refusal.fix}`);
        return answer;
      }),
    answered: (turn) =>
      inOrder(async () => {
        const { agentId } = turn;
        await store.findings.drop(agentId, modelCheckOf(agentId));
        const { before } = await change(agentId, (state) => [answeredTurn(state, turn), undefined]);
        if (!before.fault) return;
        log.info({ agentId }, 'the model answers again');
        await waiting.wake(agentId);
      }),
    tryAtOnce: (agentId) =>
      inOrder(async () => {
        // If no session waits, no turn would try the provider and notice that it works again.
        const isAwaited = (await waiting.list(agentId)).length > 0;
        const { before } = await change(agentId, ({ fault, last }) => {
          const now = fault && isAwaited ? { ...fault, until: clock.now() } : undefined;
          return [{ refused: {}, last, fault: now }, undefined];
        });
        if (before.fault) await waiting.wake(agentId);
      }),
  };
}

const refusalOf = ({ since: _since, tries: _tries, ...refusal }: ModelFault): Refusal => refusal;
