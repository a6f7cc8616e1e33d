/** A turn that was given to a worker and has not ended. */
import type { Agent } from '../agents/agent.ts';
import type { AgentId } from '../agents/agent-id.ts';
import type { Message } from '../broker/message.ts';
import type { SessionId } from '../broker/session-id.ts';

export interface RunningTurn {
  turnId: string;
  agentId: AgentId;
  sessionId: SessionId;
  epoch: number;
  claimId: string;
  agent: Agent;
  /** The messages that it has to handle; messages published in the turn are caused by the last one. */
  batch: readonly Message[];
  /** Whether a person asked for it. */
  isAskedFor: boolean;
  /** How the session's last turn was cut off, in words, if it was. */
  cutOff?: string | undefined;
  /** Makes its worker look at the work item again; set after the turn has begun there. */
  look?: () => Promise<unknown>;
  /** Stops its engine and keeps its phase; set after the turn has begun in a worker. */
  interrupt?: () => Promise<unknown>;
  /** Tells its worker how long it may go on, in milliseconds; set after the turn has begun there. */
  hold?: (ms: number) => Promise<unknown>;
  /** Ends its worker at once, with all its turns; set after the turn has begun there. */
  kill?: () => void;
  /** The time since its last accepted renewal, or its claim, was sent, in milliseconds. */
  sinceRenewed: () => number;
  /** The time since it lost its session, if it did. */
  isLost?: () => number;
  /** Whether it was allowed to change the agent's instance, and the outcome is not stored yet. */
  isDeploying?: boolean;
  /** Messages of which it was told, by their numbers. */
  told?: Set<number>;
  /** The last stored phase of its item. */
  phase: string | undefined;
}
