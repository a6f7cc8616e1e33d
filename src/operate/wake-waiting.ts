/** Wakes the sessions that waited for something that a person has just ended, so that they continue within a second. */
import type { Store } from '../store/database/database.ts';
import type { StoredSession } from '../store/session-rows.ts';

/** Of one agent, or of all. */
export async function wakeWaiting(
  { sessions }: Pick<Store, 'sessions'>,
  agentId: string | undefined,
  waits: (session: StoredSession) => boolean,
): Promise<void> {
  for (const session of await sessions.list(agentId)) if (waits(session)) await sessions.wake(session);
}
