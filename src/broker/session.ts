/** One session of one agent, stored as a row between its turns. */
import type { AgentId } from '../agents/agent-id.ts';
import type { PendingTrigger } from './pending-trigger.ts';
import type { SessionId } from './session-id.ts';

export interface Session {
  readonly agentId: AgentId;
  readonly sessionId: SessionId;
  readonly title: string;
  /** Increases by one with every claim of a turn; a write with an older epoch has no effect. */
  readonly epoch: number;
  /** Milliseconds since 1970 (UTC), like the next two. */
  readonly createdAt: number;
  readonly lastActiveAt: number;
  /** Set when the session is finished. */
  readonly closedAt?: number;
  /** Only in a session `wi-<id>`: the phase of its work item, and the work item. */
  readonly phase?: string;
  readonly workItemId?: number;
  readonly pendingTrigger?: PendingTrigger;
  /** Whether it has commits that are not merged yet. */
  readonly keepsWork?: boolean;
}
