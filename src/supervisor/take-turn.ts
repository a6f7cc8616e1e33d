/**
 * One claimed turn from its start to its release: in its agent's worker, until it rests or breaks.
 *
 * claim -> order -> worker -> rest -> release; a turn that throws is released unclean, so that its messages come again.
 */
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { TurnRest } from '../ipc/protocol.ts';
import { isRefusal } from '../refusal.ts';
import type { Store } from '../store/database.ts';
import type { Claim } from '../store/sessions.ts';
import type { RunningTurn } from './running-turn.ts';
import { createTurnNotes, type TurnNotesOptions } from './turn-notes.ts';
import { orderOf } from './turn-order.ts';
import type { WorkerPool } from './worker-pool.ts';

export interface TakeTurnOptions extends TurnNotesOptions {
  store: Store;
  pool: Pick<WorkerPool, 'get'>;
  /** Turns under way, by their ids; kept here. */
  running: Map<string, RunningTurn>;
  clock: Clock;
  log: Log;
}

/** How soon a session is looked at again whose worker could not start. */
const againMs = 30_000;

/** A worker that cannot start leaves the session waiting, with the reason. */
async function inWorker({ pool, store, clock }: TakeTurnOptions, turn: RunningTurn, claim: Claim): Promise<TurnRest> {
  const worker = await pool.get(turn.agentId);
  if (isRefusal(worker)) return { wakeInMs: againMs, why: worker };
  const done = worker.busy();
  turn.look = () => worker.peer.call('look', { turnId: turn.turnId });
  turn.interrupt = () => worker.peer.call('interrupt', { turnId: turn.turnId });
  try {
    return await worker.peer.call('turn', await orderOf(store, turn, claim, clock.now()));
  } finally {
    done();
  }
}

export async function takeTurn(options: TakeTurnOptions, turn: RunningTurn, claim: Claim): Promise<void> {
  const { store, running, clock, log } = options;
  const notes = createTurnNotes(options);
  const note = (kind: string, text: string) => notes.write(turn, [{ at: clock.now(), kind, text }]);
  running.set(turn.turnId, turn);
  try {
    const { wakeInMs, why } = await inWorker(options, turn, claim);
    // A fault that lasts is said once.
    const isNews = why !== undefined && why.why !== claim.session.waits?.why;
    if (isNews) await note('waits', `${why.refused}: ${why.why}. ${why.mend}`);
    const wakeAt = wakeInMs === undefined ? {} : { wakeAt: clock.now() + wakeInMs };
    await store.sessions.release({ ...turn, clean: true, ...wakeAt, ...(why ? { why } : {}) });
  } catch (error) {
    log.warn({ agentId: turn.agentId, sessionId: turn.sessionId }, `a turn broke: ${messageOf(error)}`);
    await note('broke', messageOf(error));
    await store.sessions.release({ ...turn, clean: false });
  } finally {
    running.delete(turn.turnId);
  }
}
