/** One conversation of one agent, parked as a row between its turns. */
import type { AgentId } from '../agents/agent-id.ts';
import type { PendingTrigger } from './pending-trigger.ts';
import type { SessionId } from './session-id.ts';

export interface Session {
  readonly agentId: AgentId;
  readonly sessionId: SessionId;
  readonly title: string;
  /** Rises by one with every claim of a turn; a write that names an older one changes nothing. */
  readonly epoch: number;
  /** Milliseconds since 1970 (UTC), as are the next two. */
  readonly createdAt: number;
  readonly lastActiveAt: number;
  /** Set when nothing more is expected of it. */
  readonly closedAt?: number;
  /** The work item's phase, and the work item, in a session `wi-<id>`. */
  readonly phase?: string;
  readonly workItemId?: number;
  readonly pendingTrigger?: PendingTrigger;
  /** Whether commits of it exist that nobody has merged. */
  readonly keepsWork?: boolean;
}
