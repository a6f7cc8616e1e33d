/** What another system did to us, as the refusal that people read: its code, its own words, and a fix with real names. */
import { messageOf, type OutsideError, type OutsideErrorFacts } from '../base/errors.ts';
import { type Code, codes, type Refusal, refuse } from '../refusal.ts';
import { timeText } from './time-text.ts';

const codeOf: Readonly<Record<OutsideErrorFacts['kind'], Code>> = {
  auth: 'OUTSIDE_AUTH',
  limited: 'OUTSIDE_LIMITED',
  conflict: 'OUTSIDE_CONFLICT',
  missing: 'OUTSIDE_REFUSED',
  refused: 'OUTSIDE_REFUSED',
  unreachable: 'OUTSIDE_UNREACHABLE',
  failed: 'OUTSIDE_UNREACHABLE',
  moved: 'OUTSIDE_MOVED',
  version: 'OUTSIDE_VERSION',
};

/** The settings that are in secrets.env; the others are in jvAgent.json. */
const inSecrets = ['GIT_REMOTE', 'INSTANCE_URL'];

function movedFix({ setting, to }: { setting: string; to: string }, agentId: string): string {
  const file = inSecrets.includes(setting) ? 'secrets.env' : 'jvAgent.json';
  return `Set ${setting} in ${agentId}/${file} to ${to}, then run \`jvagent trust ${agentId}\`.`;
}

/** What to do about a token that the other side does not accept; 403 is its word for one that is known and may too little. */
function tokenFix(token: string, agentId: string, status: number | undefined): string {
  const place = `${token} in ${agentId}/secrets.env`;
  if (status === 403) return `Give the token ${place} the missing right, or replace it with one that has it.`;
  return `Replace ${place}: the token is wrong, expired or revoked.`;
}

/** `agentId` is the agent whose token was used; its secrets.env is named in the fix. */
export function outsideRefusal(error: OutsideError, agentId: string): Refusal {
  const { kind, token, status, until, moved, fix } = error.facts;
  const code = codeOf[kind];
  if (moved) return refuse(code, messageOf(error), movedFix(moved, agentId));
  if (kind === 'limited' && until !== undefined) {
    return { ...refuse(code, `${messageOf(error)}. It may be asked again at ${timeText(until)}`), until };
  }
  if (kind !== 'auth' || token === undefined) return refuse(code, messageOf(error), fix ?? codes[code]);
  return { ...refuse(code, messageOf(error), tokenFix(token, agentId, status)), token };
}
