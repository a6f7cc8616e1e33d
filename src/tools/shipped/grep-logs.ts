/** `grep-logs`: searches the logs of what this agent did before. */
import { z } from 'zod';
import { parseSessionId, type SessionId } from '../../broker/session-id.ts';
import { isRefusal, type Refusal, refuse } from '../../refusal.ts';
import { definePlatformTool, type PlatformTool, type ToolTurn } from '../tool.ts';

export interface LogSearch {
  /** Plain text, never a pattern; case is ignored. */
  text: string;
  /** Undefined: all sessions of the turn's agent and of its children. */
  sessionId?: SessionId;
  limit: number;
}

/** Searches only the logs of the turn's own agent and of its children. */
export type LogSearchPort = (search: LogSearch, turn: ToolTurn) => Promise<unknown | Refusal>;

const schema = z.strictObject({
  pattern: z.string().trim().min(1).max(200),
  sessionId: z.string().max(200).optional(),
  limit: z.int().min(1).max(100).default(20),
});

/** A turn for a work item searches only its own session. */
function sessionOf(asked: string | undefined, { kind, sessionId }: ToolTurn): SessionId | undefined | Refusal {
  const meant = asked === undefined ? undefined : parseSessionId(asked);
  if (kind === 'conversation' || isRefusal(meant)) return meant;
  if (meant === undefined || meant === sessionId) return sessionId;
  return refuse('SESSION_TENANT', `this turn reads the log of ${sessionId} only`, `Use the turn's own session.`);
}

export function createGrepLogsTool(search: LogSearchPort): PlatformTool {
  return definePlatformTool({
    name: 'grep-logs',
    description:
      'Searches the session logs of this agent and of its children for a plain text: what they did and said before. With `sessionId` only that session of yours.',
    schema,
    async execute({ pattern, sessionId: asked, limit }, turn) {
      const sessionId = sessionOf(asked, turn);
      if (isRefusal(sessionId)) return sessionId;
      return search({ text: pattern, limit, ...(sessionId === undefined ? {} : { sessionId }) }, turn);
    },
  });
}
