/** Which sessions may be forgotten: silent for long, with nothing left that anybody waits for. */

import type { Session } from './session.ts';
import { mainSession } from './session-id.ts';

const dayMs = 86_400_000;

function isNeeded({ sessionId, pendingTrigger, keepsWork, workItemId, closedAt }: Session): boolean {
  const isOpenWork = workItemId !== undefined && closedAt === undefined;
  return sessionId === mainSession || pendingTrigger !== undefined || keepsWork === true || isOpenWork;
}

/** Sessions of one agent without activity for more than `retentionDays`; never its main one, nor one that waits or keeps work. */
export function collectable<T extends Session>(sessions: readonly T[], now: number, retentionDays: number): T[] {
  const oldest = now - retentionDays * dayMs;
  return sessions.filter((session) => session.lastActiveAt < oldest && !isNeeded(session));
}
