/** Wakes the sessions that waited for something that a person has just ended, so that they continue within a second. */
import type { Store } from '../store/database/database.ts';
import type { StoredSession } from '../store/session-rows.ts';

export async function wakeAll({ sessions }: Pick<Store, 'sessions'>, waiting: readonly StoredSession[]): Promise<void> {
  for (const session of waiting) await sessions.wake(session);
}
