/** What a tool is to the platform: a checked input, a call bound to one turn, and an answer or a refusal. */
import type { z } from 'zod';
import type { AgentId } from '../agents/agent-id.ts';
import type { AgentConfig } from '../agents/config/config.ts';
import type { SessionId } from '../broker/session-id.ts';

/** What an agent is for, which decides over its tools: `codechange` has a devops or git block, `impl` an instance only. */
export type AgentKind = 'codechange' | 'impl' | 'docs';

/** What a turn is for: a plan, a change (its repair too), or talk. */
export type TurnKind = 'planning' | 'executing' | 'conversation';

/** Whose turn it is and what for. The host binds it; no argument of the model changes it. */
export interface ToolTurn {
  readonly agentId: AgentId;
  readonly sessionId: SessionId;
  readonly kind: TurnKind;
  /** The session's work item, where it has one. */
  readonly workItemId?: number;
  readonly config: AgentConfig;
}

/** A tool of the platform's own. Its ports are given to its factory; `execute` gets an input that fits `schema`. */
export interface PlatformTool<Schema extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly description: string;
  readonly schema: Schema;
  /** The field of the input that says which of its actions is meant, where it has several. */
  readonly actionField?: 'action' | 'method';
  /** Whether its answers are the platform's words alone; all others reach the model as data from outside. */
  readonly isOwnWord?: boolean;
  /** Answers anything that is JSON, or a Refusal; throws OutsideError for what the other side did. */
  execute(input: z.output<Schema>, turn: ToolTurn): Promise<unknown>;
}

/** A tool of a user's, which lives in the tool host; what it throws is an error whose message alone is its own. */
export interface HostTool {
  readonly name: string;
  readonly description: string;
  /** As the user wrote it; the tool itself checks what it is given. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
  call(input: unknown, turn: HostToolTurn): Promise<unknown>;
}

/** What of the turn a tool in the tool host can reach. */
export interface HostToolTurn {
  readonly sessionId: SessionId;
  /** `context.messageBroker.publish`, with the message as the tool gave it; the answer, or an error's text, goes back to it. */
  publish(message: unknown): Promise<unknown>;
}

/** Lets the compiler tie `execute` to the schema. */
export function definePlatformTool<Schema extends z.ZodType>(tool: PlatformTool<Schema>): PlatformTool {
  return tool;
}
