/**
 * One claimed turn from its start to its release: it runs in its agent's worker until it rests or fails.
 *
 * claim -> order -> worker -> rest -> release. A failed turn is repeated with the same messages after growing pauses,
 * until it is given up visibly. The asker of a question that the turn leaves without an answer is told.
 */
import { messageOf } from '../base/errors.ts';
import { isGivenUp } from '../broker/dying.ts';
import { answersNone, failedAnswer, questionsTo } from '../broker/question.ts';
import { heardIn } from '../conversations/heard.ts';
import type { TurnOrder, TurnRest } from '../ipc/protocol.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import type { ReleaseOptions } from '../store/claims/port.ts';
import { turnKeyOf } from '../store/fence.ts';
import type { Claim } from '../store/sessions.ts';
import { pauses, tryAgainAt } from '../waits.ts';
import type { Node } from './node.ts';
import { msHeld } from './nodes/leases.ts';
import type { RunningTurn } from './running-turn.ts';
import { tellGivenUp, tellWait } from './slack/tell-thread.ts';
import { createTurnNotes, type TurnNotes, textOf } from './turn-notes.ts';
import { orderOf } from './turn-order.ts';
import { keptUntil } from './workers/keeping.ts';
import type { BusyWorker, WorkerPool } from './workers/pool.ts';

/** The parts of a node that a turn needs. */
export type TurnNode = Pick<Node, 'store' | 'broker' | 'running' | 'onEntries' | 'clock' | 'log'>;

type Workers = Pick<WorkerPool, 'get'>;
type TurnEnd = TurnRest & Pick<ReleaseOptions, 'end'>;

/** Lets others reach the turn in its worker, from the moment at which it begins there. */
function giveTo({ peer, kill }: BusyWorker, turn: RunningTurn, order: TurnOrder): Promise<TurnRest> {
  const { turnId } = turn;
  // What is sent after the order comes after it. What was sent before it would find no turn, and be lost.
  const rest = peer.call('turn', order);
  turn.look = () => peer.call('look', { turnId });
  turn.interrupt = () => peer.call('interrupt', { turnId });
  turn.hold = (ms) => peer.call('hold', { turnId, ms });
  turn.kill = kill;
  return rest;
}

/**
 * If a worker cannot start, the session keeps its messages and waits, with the reason. So it does if the lease was lost before the
 * turn could begin.
 */
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
  let kept: number | undefined;
  try {
    const order = await orderOf(store, turn, claim, clock.now());
    const heldMs = msHeld(turn.sinceRenewed);
    if (turn.isLost || heldMs === 0) return { end: 'unstarted' };
    const { isUndone, ...rest } = await giveTo(worker, turn, { ...order, heldMs });
    kept = keptUntil(turn, rest.until, clock.now());
    return { end: isUndone ? 'unstarted' : 'rested', ...rest };
  } finally {
    worker.done(kept);
  }
}

function brokenTurns({ agentId, sessionId }: RunningTurn, deaths: number): string {
  const times = deaths === 1 ? 'a turn' : `${deaths} turns in a row`;
  return `${times} of ${sessionId} of ${agentId} failed`;
}

function broken(turn: RunningTurn, { deaths, batch }: Claim, why: string, isOver: boolean): Refusal {
  const left = batch.length === 1 ? 'its message is' : `its ${batch.length} messages are`;
  const over = isOver && batch.length > 0 ? `; ${left} given up` : '';
  return refuse('CRASHED', `${brokenTurns(turn, deaths)}: ${why}${over}`);
}

const askAgain = ({ agentId, sessionId }: RunningTurn) =>
  `See what it did with \`jvagent logs ${agentId} ${sessionId}\`, and ask again.`;

/** The answer to the asker; the error itself stays in the log, because it may contain text of other people. */
const givenUp = (turn: RunningTurn, { deaths }: Claim): Refusal =>
  refuse('CRASHED', brokenTurns(turn, deaths), askAgain(turn));

/** The answer to the asker if a turn ended without an answer. */
function unanswered(turn: RunningTurn): Refusal {
  if (turn.agent.kind === 'code-change') return answersNone(turn.agentId);
  return refuse('ATTEMPTS', `${turn.agentId} ended its turn without an answer`, askAgain(turn));
}

/** Tells the askers of unanswered questions that there will be no answer. */
async function failQuestions({ broker }: TurnNode, notes: TurnNotes, turn: RunningTurn, why: Refusal): Promise<void> {
  const { agentId, sessionId, batch } = turn;
  const answer = failedAnswer(why);
  for (const question of questionsTo(agentId, batch)) {
    const sent = await broker.answer(question, answer, { kind: 'agent', agentId, sessionId });
    if (sent) await notes.answer(turn, answer);
  }
}

export async function takeTurn(node: TurnNode, workers: Workers, turn: RunningTurn, claim: Claim): Promise<void> {
  const { store, running, clock, log } = node;
  const notes = createTurnNotes(node);
  const { agentId, sessionId } = turn;
  const key = turnKeyOf(turn);
  /** Logs a lasting fault only once. */
  const note = async (kind: string, why: Refusal | undefined) => {
    if (why === undefined || why.why === claim.session.waits?.why) return;
    await notes.write(turn, [{ at: clock.now(), kind, text: textOf(why) }]);
  };
  /** Another node has the session, or takes it next: that one goes on with its messages, and tells what becomes of them. */
  const isOver = async () => !(await store.sessions.holds(key));
  running.set(turn.turnId, turn);
  try {
    if (turn.cutOff !== undefined) await notes.write(turn, [{ at: clock.now(), kind: 'broke', text: turn.cutOff }]);
    if (heardIn(turn.batch, 'slack.message').some(({ isAddressed }) => isAddressed))
      await store.outbox.beginStatus(turn);
    const { end, until, why } = await inWorker(node, workers, turn, claim);
    if (turn.isLost && (await isOver())) return;
    await note('waits', why);
    if (end === 'rested') await failQuestions(node, notes, turn, unanswered(turn));
    else if (why) await tellWait(store, turn, why);
    const wakeAt = until === undefined ? {} : { wakeAt: until };
    await store.sessions.release({ ...key, end, ...wakeAt, ...(why ? { why } : {}) });
  } catch (error) {
    const isLast = isGivenUp(claim, clock.now());
    const isLeft = isLast && (await isOver());
    const end = isLast && !isLeft ? 'gave-up' : 'broke';
    const why = broken(turn, claim, messageOf(error), end === 'gave-up');
    log.warn({ agentId, sessionId }, why.why);
    await note('broke', why);
    if (isLeft) return;
    // Before the release, which drops the messages: if this node ended in between, nobody would be told.
    if (end === 'gave-up') {
      await failQuestions(node, notes, turn, givenUp(turn, claim));
      await tellGivenUp(store, turn);
    }
    const wakeAt = tryAgainAt(clock.now(), pauses.broken, claim.deaths - 1);
    await store.sessions.release({ ...key, end, wakeAt, why });
  } finally {
    running.delete(turn.turnId);
    await store.outbox.endStatus(turn);
  }
}
