/**
 * One claimed turn from its start to its release: in its agent's worker, until it rests or breaks.
 *
 * claim -> order -> worker -> rest -> release; one that breaks comes again with the same messages, after pauses that grow,
 * until it is given up where people see it.
 */
import { messageOf } from '../base/errors.ts';
import { isGivenUp } from '../broker/dying.ts';
import { failedAnswer, questionsTo } from '../broker/question.ts';
import type { TurnRest } from '../ipc/protocol.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import type { Claim, ReleaseOptions } from '../store/sessions.ts';
import { pauses, tryAgainAt } from '../waits.ts';
import type { Node } from './node.ts';
import type { RunningTurn } from './running-turn.ts';
import { createTurnNotes, textOf } from './turn-notes.ts';
import { orderOf } from './turn-order.ts';
import type { WorkerPool } from './workers/pool.ts';

/** What a turn needs of its node. */
export type TurnNode = Pick<Node, 'store' | 'broker' | 'running' | 'onEntries' | 'clock' | 'log'>;

type Workers = Pick<WorkerPool, 'get'>;
type TurnEnd = TurnRest & Pick<ReleaseOptions, 'end'>;

/** A worker that cannot start leaves the session waiting, with the reason and its messages. */
async function inWorker(
  { store, clock }: TurnNode,
  workers: Workers,
  turn: RunningTurn,
  claim: Claim,
): Promise<TurnEnd> {
  const worker = await workers.get(turn.agentId, turn.isAskedFor);
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
async function failQuestions({ broker }: TurnNode, { agentId, sessionId, batch }: RunningTurn, why: Refusal) {
  for (const question of questionsTo(agentId, batch)) {
    await broker.answer(question, failedAnswer(why), { kind: 'agent', agentId, sessionId });
  }
}

export async function takeTurn(node: TurnNode, workers: Workers, turn: RunningTurn, claim: Claim): Promise<void> {
  const { store, running, clock, log } = node;
  const notes = createTurnNotes(node);
  const { agentId, sessionId, epoch } = turn;
  /** A fault that lasts is said once. */
  const note = async (kind: string, why: Refusal | undefined) => {
    if (why === undefined || why.why === claim.session.waits?.why) return;
    await notes.write(turn, [{ at: clock.now(), kind, text: textOf(why) }]);
  };
  running.set(turn.turnId, turn);
  try {
    const { end, until, why } = await inWorker(node, workers, turn, claim);
    await note('waits', why);
    const wakeAt = until === undefined ? {} : { wakeAt: until };
    await store.sessions.release({ agentId, sessionId, epoch, end, ...wakeAt, ...(why ? { why } : {}) });
  } catch (error) {
    const end = isGivenUp(claim, clock.now()) ? 'gave-up' : 'broke';
    const why = broken(turn, claim, messageOf(error), end === 'gave-up');
    log.warn({ agentId, sessionId }, why.why);
    await note('broke', why);
    if (end === 'gave-up') await failQuestions(node, turn, why);
    const wakeAt = tryAgainAt(clock.now(), pauses.broken, claim.deaths - 1);
    await store.sessions.release({ agentId, sessionId, epoch, end, wakeAt, why });
  } finally {
    running.delete(turn.turnId);
  }
}
