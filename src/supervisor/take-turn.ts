/**
 * One claimed turn from its start to its release: in its agent's worker, until it rests or breaks.
 *
 * claim -> order -> worker -> rest -> release; one that breaks comes again with the same messages, after pauses that grow,
 * until it is given up where people see it.
 */
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Broker } from '../broker/broker.ts';
import { isGivenUp } from '../broker/dying.ts';
import { failedAnswer, questionsTo } from '../broker/question.ts';
import type { TurnRest } from '../ipc/protocol.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import type { Store } from '../store/database/database.ts';
import type { Claim, ReleaseOptions } from '../store/sessions.ts';
import { pauses, tryAgainAt } from '../waits.ts';
import type { RunningTurn } from './running-turn.ts';
import { createTurnNotes, type TurnNotesOptions, textOf } from './turn-notes.ts';
import { orderOf } from './turn-order.ts';
import type { WorkerPool } from './workers/pool.ts';

export interface TakeTurnOptions extends TurnNotesOptions {
  store: Store;
  broker: Pick<Broker, 'answer'>;
  pool: Pick<WorkerPool, 'get'>;
  /** Turns under way, by their ids; kept here. */
  running: Map<string, RunningTurn>;
  clock: Clock;
  log: Log;
}

type TurnEnd = TurnRest & Pick<ReleaseOptions, 'end'>;

/** A worker that cannot start leaves the session waiting, with the reason and its messages. */
async function inWorker({ pool, store, clock }: TakeTurnOptions, turn: RunningTurn, claim: Claim): Promise<TurnEnd> {
  const worker = await pool.get(turn.agentId, turn.isAskedFor);
  if (isRefusal(worker)) {
    return { end: 'unstarted', until: worker.until ?? tryAgainAt(clock.now(), pauses.worker), why: worker };
  }
  turn.look = () => worker.peer.call('look', { turnId: turn.turnId });
  turn.interrupt = () => worker.peer.call('interrupt', { turnId: turn.turnId });
  try {
    const { isUndone, ...rest } = await worker.peer.call('turn', await orderOf(store, turn, claim, clock.now()));
    return { end: isUndone ? 'unstarted' : 'rested', ...rest };
  } finally {
    worker.done();
  }
}

function broken({ agentId, sessionId }: RunningTurn, { deaths, batch }: Claim, why: string, isOver: boolean): Refusal {
  const times = deaths === 1 ? 'a turn' : `${deaths} turns in a row`;
  const left = batch.length === 1 ? 'its message is' : `its ${batch.length} messages are`;
  const over = isOver && batch.length > 0 ? `; ${left} given up` : '';
  return refuse('CRASHED', `${times} of ${sessionId} of ${agentId} broke: ${why}${over}`);
}

/** Whoever waits for an answer is told that there will be none. */
async function failQuestions(options: TakeTurnOptions, { agentId, sessionId, batch }: RunningTurn, why: Refusal) {
  for (const question of questionsTo(agentId, batch)) {
    await options.broker.answer(question, failedAnswer(why), { kind: 'agent', agentId, sessionId });
  }
}

export async function takeTurn(options: TakeTurnOptions, turn: RunningTurn, claim: Claim): Promise<void> {
  const { store, running, clock, log } = options;
  const notes = createTurnNotes(options);
  const { agentId, sessionId, epoch } = turn;
  /** A fault that lasts is said once. */
  const note = async (kind: string, why: Refusal | undefined) => {
    if (why === undefined || why.why === claim.session.waits?.why) return;
    await notes.write(turn, [{ at: clock.now(), kind, text: textOf(why) }]);
  };
  running.set(turn.turnId, turn);
  try {
    const { end, until, why } = await inWorker(options, turn, claim);
    await note('waits', why);
    const wakeAt = until === undefined ? {} : { wakeAt: until };
    await store.sessions.release({ agentId, sessionId, epoch, end, ...wakeAt, ...(why ? { why } : {}) });
  } catch (error) {
    const end = isGivenUp(claim, clock.now()) ? 'gave-up' : 'broke';
    const why = broken(turn, claim, messageOf(error), end === 'gave-up');
    log.warn({ agentId, sessionId }, why.why);
    await note('broke', why);
    if (end === 'gave-up') await failQuestions(options, turn, why);
    const wakeAt = tryAgainAt(clock.now(), pauses.broken, claim.deaths - 1);
    await store.sessions.release({ agentId, sessionId, epoch, end, wakeAt, why });
  } finally {
    running.delete(turn.turnId);
  }
}
