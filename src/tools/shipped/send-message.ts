/** `send-message`: one message to another agent, a session or a Slack channel. */
import { z } from 'zod';
import { parseAddress } from '../../broker/address.ts';
import { isRefusal, type Refusal, refuse } from '../../refusal.ts';
import { definePlatformTool, type PlatformTool, type ToolTurn } from '../tool.ts';

export interface OutgoingMessage {
  to: string;
  command: string;
  payload: Record<string, unknown>;
}

/** Sends the message in the turn's name, or refuses it: the broker decides which addresses an agent may write to. */
export type PublishPort = (message: OutgoingMessage, turn: ToolTurn) => Promise<unknown | Refusal>;

const schema = z
  .strictObject({
    to: z.string().min(1).max(400).describe('agent/ID, agent/ID/session/SESSION or slack/TEAM/CHANNEL'),
    command: z.string().min(1).max(80).optional(),
    text: z.string().min(1).max(40_000).optional(),
    payload: z.record(z.string(), z.unknown()).optional(),
  })
  .refine(({ text, payload }) => (text === undefined) !== (payload === undefined), 'give either text or payload');

/** A turn for a work item can write only to its own session and to the agent's own channels. */
function checkOwn(to: string, { kind, agentId, sessionId, config }: ToolTurn): Refusal | undefined {
  const address = parseAddress(to);
  if (isRefusal(address)) return address;
  if (kind === 'conversation' || to === `agent/${agentId}/session/${sessionId}`) return undefined;
  const channels = [...(config.slack?.channels ?? []), config.slack?.statusChannel];
  if (address.kind === 'slack' && channels.includes(address.channel)) return undefined;
  return refuse(
    'ADDRESS_DENIED',
    `a turn for a work item cannot write to ${to}`,
    'Write a comment on the work item instead.',
  );
}

export function createSendMessageTool(publish: PublishPort): PlatformTool {
  return definePlatformTool({
    name: 'send-message',
    description: 'Sends a message to a session, an agent or a Slack channel: text, or a command with its payload.',
    schema,
    isOwnWord: true,
    async execute({ to, command, text, payload }, turn) {
      const refusal = checkOwn(to, turn);
      if (refusal) return refusal;
      const commandOfText = to.startsWith('slack/') ? 'slack.send_message' : 'message';
      return publish({ to, command: command ?? commandOfText, payload: payload ?? { text } }, turn);
    },
  });
}
