/** Which sessions may be deleted: inactive for long, and with nothing that anybody is waiting for. */

import type { Session } from './session.ts';
import { mainSession } from './session-id.ts';

const dayMs = 86_400_000;

function isNeeded({ sessionId, pendingTrigger, keepsWork, workItemId, closedAt }: Session): boolean {
  const isOpenWork = workItemId !== undefined && closedAt === undefined;
  return sessionId === mainSession || pendingTrigger !== undefined || keepsWork === true || isOpenWork;
}

/**
 * The sessions of one agent without activity for more than `retentionDays`; never `main`, and never one that waits or keeps work.
 */
export function collectable<T extends Session>(sessions: readonly T[], now: number, retentionDays: number): T[] {
  const oldest = now - retentionDays * dayMs;
  return sessions.filter((session) => session.lastActiveAt < oldest && !isNeeded(session));
}
