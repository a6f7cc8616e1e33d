/** The id of a session within its agent: `main`, `wi-12345`, or one that a mapper created. */
import { startOf } from '../documents/cut.ts';
import { type Refusal, refuse } from '../refusal.ts';

/** A checked id: safe to use as a file name and as part of an address. */
export type SessionId = string & { readonly brand: 'SessionId' };

export const mainSession = 'main' as SessionId;

const form = /^[a-z0-9][a-z0-9._-]{0,119}$/;
const workItemForm = /^wi-([1-9][0-9]*)$/;

/** `[a-z0-9][a-z0-9._-]{0,119}`, and an id that begins with `wi-` must be `wi-<number>`; otherwise SESSION_ID. */
export function parseSessionId(text: string): SessionId | Refusal {
  const isWorkItem = text.startsWith('wi-');
  const fits = isWorkItem ? workItemIdOf(text as SessionId) !== undefined : form.test(text);
  if (fits) return text as SessionId;
  return refuse('SESSION_ID', `${JSON.stringify(startOf(text, 200))} is not a session id`);
}

/** Whether the session is that of a thread in Slack. */
export const isThreadSession = (sessionId: SessionId): boolean => sessionId.startsWith('slack-');

/** The session of one work item; the id is a positive safe integer. */
export function workItemSession(workItemId: number): SessionId {
  return `wi-${workItemId}` as SessionId;
}

/** The work item that a session belongs to, or undefined for another kind of session. */
export function workItemIdOf(sessionId: SessionId): number | undefined {
  const digits = workItemForm.exec(sessionId)?.[1];
  const workItemId = Number(digits);
  return Number.isSafeInteger(workItemId) ? workItemId : undefined;
}
