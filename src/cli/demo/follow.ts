/** Follows one work item to its end, phase by phase, and acts for the engineer if the demo plays that part. */

import type { Engineer } from '../../../emulators/engineer.ts';
import type { Clock } from '../../base/clock.ts';
import { workItemSession } from '../../broker/session-id.ts';
import type { Store } from '../../store/database/database.ts';
import type { StoredSession } from '../../store/session-rows.ts';
import { isOver } from '../../work-items/phase.ts';

export interface PhaseTime {
  phase: string;
  /** ISO 8601. */
  at: string;
  /** Since the phase before. */
  ms: number;
}

export interface FollowOptions {
  store: Store;
  agentId: string;
  workItemId: number;
  clock: Clock;
  /** Acts for the engineer; if undefined, a person does. */
  engineer: Engineer | undefined;
  onPhase: (session: StoredSession) => void;
  minutesMax: number;
  signal: AbortSignal;
}

const lookMs = 100;

/** Whether its model's provider does not accept the key: without another one nothing goes on. */
const isKeyRefused = ({ waits }: StoredSession) => waits?.system === 'model' && waits.refused === 'OUTSIDE_AUTH';

/** Resolves when the item has ended or the model's key is refused, or with its last state when the time is up. */
export async function follow(
  options: FollowOptions,
): Promise<{ session: StoredSession | undefined; phases: PhaseTime[] }> {
  const { store, agentId, workItemId, clock, engineer, onPhase, minutesMax, signal } = options;
  const phases: PhaseTime[] = [];
  let since = clock.now();
  const until = since + minutesMax * 60_000;
  let session: StoredSession | undefined;
  let acted = '';

  async function act({ item }: StoredSession): Promise<void> {
    if (!engineer || !item) return;
    const plan = item.plan?.posted && `approve ${item.plan.hash}`;
    if (item.phase === 'plan-ready' && plan && acted !== plan && (await engineer.state(workItemId)) === 'Plan Ready') {
      acted = plan;
      await engineer.move(workItemId, 'Approved');
    }
    if (item.phase === 'pr-created' && item.review && !acted.startsWith('merge')) {
      acted = 'merge';
      await engineer.merge(item.review.number);
    }
  }

  while (clock.now() < until && !signal.aborted) {
    session = await store.sessions.get(agentId, workItemSession(workItemId));
    const phase = session?.item?.phase;
    if (session && phase && phase !== phases.at(-1)?.phase) {
      const now = clock.now();
      phases.push({ phase, at: new Date(now).toISOString(), ms: now - since });
      since = now;
      onPhase(session);
    }
    if (session?.item && isOver(session.item.phase) && !session.leaseOwner) break;
    if (session && isKeyRefused(session)) break;
    if (session) await act(session);
    await clock.sleep(lookMs, signal);
  }
  return { session, phases };
}
