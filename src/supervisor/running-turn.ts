/** A turn that a worker was given and has not ended. */
import type { Agent } from '../agents/agent.ts';
import type { AgentId } from '../agents/agent-id.ts';
import type { Message } from '../broker/message.ts';
import type { SessionId } from '../broker/session-id.ts';

export interface RunningTurn {
  turnId: string;
  agentId: AgentId;
  sessionId: SessionId;
  epoch: number;
  agent: Agent;
  /** The messages that it is to deal with; what is published in it was caused by the last one. */
  batch: readonly Message[];
  /** Whether a person asked for it. */
  isAskedFor: boolean;
  /** Makes the worker that has it look at its work item again, once it has begun there. */
  look?: () => Promise<unknown>;
  /** Stops its engine, where it has begun in a worker; its phase stays. */
  interrupt?: () => Promise<unknown>;
  /** Whether it was let through to the agent's instance, and what came of that is not stored yet. */
  isDeploying?: boolean;
  /** The phase that its item was last stored in. */
  phase: string | undefined;
}
