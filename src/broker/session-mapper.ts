/**
 * Decides which of an agent's sessions a message belongs to. Text from outside is checked before it becomes part of a session id.
 */
import type { AgentConfig, SessionMapperName } from '../agents/config/config.ts';
import { type Refusal, refuse } from '../refusal.ts';
import { mainSession, parseSessionId, type SessionId, workItemSession } from './session-id.ts';

/** The parts of a message that decide. */
interface Mappable {
  readonly command: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

const workItemForm = /^[1-9][0-9]{0,15}$/;
const slackIdForm = /^[A-Za-z0-9]{1,40}$/;
const slackTimeForm = /^([0-9]{1,20})\.([0-9]{1,20})$/;

/** The configured mapper, or the default: `work-item` for an agent with a devops block, otherwise `default`. */
export function sessionMapperOf({
  sessionMapper,
  devops,
}: Pick<AgentConfig, 'sessionMapper' | 'devops'>): SessionMapperName {
  return sessionMapper ?? (devops ? 'work-item' : 'default');
}

function badPayload(name: string): Refusal {
  return refuse('SESSION_ID', `payload.${name} does not name a session`, `Send a valid payload.${name}.`);
}

function mapWorkItem({ payload: { workItemId } }: Mappable): SessionId | Refusal {
  if (workItemId === undefined) return mainSession;
  const isNumber = typeof workItemId === 'number' || typeof workItemId === 'string';
  const id = isNumber && workItemForm.test(String(workItemId)) ? Number(workItemId) : Number.NaN;
  return Number.isSafeInteger(id) ? workItemSession(id) : badPayload('workItemId');
}

/** A thread is identified by its root message, whose timestamp is unique only within its channel. */
function mapSlackThread({ payload }: Mappable): SessionId | Refusal {
  const { team = 'none', channel = 'none', threadTs, ts } = payload;
  const root = threadTs ?? ts;
  if (root === undefined) return mainSession;
  const [, seconds, fraction] = (typeof root === 'string' && slackTimeForm.exec(root)) || [];
  if (seconds === undefined || fraction === undefined) return badPayload(threadTs === undefined ? 'ts' : 'threadTs');
  for (const [name, value] of Object.entries({ team, channel })) {
    if (typeof value !== 'string' || !slackIdForm.test(value)) return badPayload(name);
  }
  return parseSessionId(`slack-${team}-${channel}-${seconds}-${fraction}`.toLowerCase());
}

/** The session for a message whose address does not name one; SESSION_ID if the payload is not what the mapper needs. */
export function mapSession(mapper: SessionMapperName, message: Mappable): SessionId | Refusal {
  if (message.command === 'heartbeat' || mapper === 'default') return mainSession;
  return mapper === 'work-item' ? mapWorkItem(message) : mapSlackThread(message);
}
