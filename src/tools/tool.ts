/** The interface of a tool: a checked input, a call for one turn, and an answer or a refusal. */
import type { z } from 'zod';
import type { AgentId } from '../agents/agent-id.ts';
import type { AgentConfig } from '../agents/config/config.ts';
import type { SessionId } from '../broker/session-id.ts';

/** The kind of an agent, which decides its tools: `codechange` has a devops or git block, `impl` only an instance. */
export type AgentKind = 'codechange' | 'impl' | 'docs';

/** The purpose of a turn: a plan, a change (or its repair), or a conversation. */
export type TurnKind = 'planning' | 'executing' | 'conversation';

/** The agent, session and purpose of a turn. The host sets them; no argument of the model can change them. */
export interface ToolTurn {
  readonly agentId: AgentId;
  readonly sessionId: SessionId;
  readonly kind: TurnKind;
  /** The session's work item, if it has one. */
  readonly workItemId?: number;
  readonly config: AgentConfig;
}

/** A tool of the platform. Its factory gets the ports; `execute` gets an input that matches `schema`. */
export interface PlatformTool<Schema extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly description: string;
  readonly schema: Schema;
  /** The field of the input that selects the action, if the tool has several. */
  readonly actionField?: 'action' | 'method';
  /** What each action is for; the model is told of those that exist in its turn. */
  readonly actions?: Readonly<Record<string, string>>;
  /** The actions that a field is for, where these are not all; the model sees it only where one of them exists. */
  readonly actionsOfField?: Readonly<Record<string, readonly string[]>>;
  /** Whether its answers contain only the platform's text; all other answers reach the model as data from outside. */
  readonly isOwnWord?: boolean;
  /** Returns any JSON value or a Refusal; throws OutsideError if the other side failed. */
  execute(input: z.output<Schema>, turn: ToolTurn): Promise<unknown>;
}

/** A user's tool in the tool host; only the message of an error that it throws comes from the tool. */
export interface HostTool {
  readonly name: string;
  readonly description: string;
  /** As the user wrote it; the tool checks its input itself. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
  call(input: unknown, turn: HostToolTurn): Promise<unknown>;
}

/** The parts of the turn that a user's tool can use. */
export interface HostToolTurn {
  readonly sessionId: SessionId;
  /** `context.messageBroker.publish` with the tool's message; the answer or an error text is returned to the tool. */
  publish(message: unknown): Promise<unknown>;
}

/** Connects the type of `execute` with the schema. */
export function definePlatformTool<Schema extends z.ZodType>(tool: PlatformTool<Schema>): PlatformTool {
  return tool;
}
