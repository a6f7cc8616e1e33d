/** Which sessions may be deleted once they were inactive for long: those that nobody waits for. */

import type { Session } from './session.ts';
import { mainSession } from './session-id.ts';

/** `main` always is, and one that waits, keeps work or is an open work item. */
export function isNeeded({ sessionId, pendingTrigger, keepsWork, workItemId, closedAt }: Session): boolean {
  const isOpenWork = workItemId !== undefined && closedAt === undefined;
  return sessionId === mainSession || pendingTrigger !== undefined || keepsWork === true || isOpenWork;
}
