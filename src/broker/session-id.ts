/** The name of a session inside its agent: `main`, `wi-12345`, or one that a mapper made. */
import { type Refusal, refuse } from '../refusal.ts';

/** Checked text: safe as a file name and as a part of an address. */
export type SessionId = string & { readonly brand: 'SessionId' };

export const mainSession = 'main' as SessionId;

const form = /^[a-z0-9][a-z0-9._-]{0,119}$/;
const workItemForm = /^wi-([1-9][0-9]*)$/;

/** `[a-z0-9][a-z0-9._-]{0,119}`, and what begins with `wi-` is `wi-<number>`; else SESSION_ID. */
export function parseSessionId(text: string): SessionId | Refusal {
  const isWorkItem = text.startsWith('wi-');
  const fits = isWorkItem ? workItemIdOf(text as SessionId) !== undefined : form.test(text);
  if (fits) return text as SessionId;
  return refuse('SESSION_ID', `${JSON.stringify(text.slice(0, 200))} is no session id`);
}

/** The session of one work item; the id is a positive safe integer. */
export function workItemSession(workItemId: number): SessionId {
  return `wi-${workItemId}` as SessionId;
}

/** The work item whose session this is, or undefined for another kind of session. */
export function workItemIdOf(sessionId: SessionId): number | undefined {
  const digits = workItemForm.exec(sessionId)?.[1];
  const workItemId = Number(digits);
  return Number.isSafeInteger(workItemId) ? workItemId : undefined;
}
