/** Where a message goes to or came from: an agent, one of its sessions, or a Slack channel. */

import { type AgentId, parseAgentId } from '../agents/agent-id.ts';
import { startOf } from '../documents/cut.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import { parseSessionId, type SessionId } from './session-id.ts';

export interface AgentAddress {
  readonly kind: 'agent';
  readonly agentId: AgentId;
  readonly sessionId?: SessionId;
}

export interface SlackAddress {
  readonly kind: 'slack';
  readonly team: string;
  readonly channel: string;
}

export type Address = AgentAddress | SlackAddress;

const slackForm = /^slack\/([A-Za-z0-9_-]{1,80})\/([A-Za-z0-9_-]{1,80})$/;
const agentForm = /^agent\/(.+?)(?:\/session\/([^/]*))?$/s;

/**
 * `agent/<agentId>`, `agent/<agentId>/session/<sessionId>` or `slack/<team>/<channel>`; otherwise AGENT_ID, SESSION_ID or
 * ADDRESS_DENIED.
 */
export function parseAddress(text: string): Address | Refusal {
  const [, team, channel] = slackForm.exec(text) ?? [];
  if (team !== undefined && channel !== undefined) return { kind: 'slack', team, channel };
  const [, idText, sessionText] = agentForm.exec(text) ?? [];
  if (idText === undefined) {
    return refuse(
      'ADDRESS_DENIED',
      `${JSON.stringify(startOf(text, 200))} is not an address`,
      'Use agent/<agentId>, agent/<agentId>/session/<sessionId> or slack/<team>/<channel>.',
    );
  }
  const agentId = parseAgentId(idText);
  if (isRefusal(agentId)) return agentId;
  if (sessionText === undefined) return { kind: 'agent', agentId };
  const sessionId = parseSessionId(sessionText);
  return isRefusal(sessionId) ? sessionId : { kind: 'agent', agentId, sessionId };
}

/** The text that `parseAddress` reads. */
export function formatAddress(address: Address): string {
  if (address.kind === 'slack') return `slack/${address.team}/${address.channel}`;
  const session = address.sessionId === undefined ? '' : `/session/${address.sessionId}`;
  return `agent/${address.agentId}${session}`;
}

/** The agent that an address (as text) belongs to, or undefined for anything else. */
export function agentOf(text: string): AgentId | undefined {
  const address = parseAddress(text);
  return !isRefusal(address) && address.kind === 'agent' ? address.agentId : undefined;
}
