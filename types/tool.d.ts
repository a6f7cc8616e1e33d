/** Your own tool: what a file in `tools/` exports, and what it is given when an agent calls it. See docs/write-a-tool.md. */

/**
 * A tool that the model can call as `mcp__jv__NAME`, where NAME is the file's name.
 *
 * `Input` is what `schema` describes. Check what matters: the model writes the input.
 */
export interface Tool<Input = Record<string, unknown>> {
  /** As the file: `tools/ticket.js` is `ticket`. If they differ, the file's name counts. */
  name?: string;
  /** What the tool is for and when to use it, in at most 4000 characters. The model chooses by it. */
  description: string;
  /** A JSON Schema of an object: the input. Describe each property, the model reads that too. */
  schema: { readonly type: 'object'; readonly [keyword: string]: unknown };
  /**
   * What it returns reaches the model as JSON, at most 256 KiB. What it throws reaches the model as an error, by its message alone.
   * A call ends after 120 seconds. Secrets are taken out of both.
   */
  execute(input: Input, context: ToolContext): unknown;
}

/** Who calls, and what the tool may use. The platform sets all of it; the model cannot. */
export interface ToolContext {
  /** Such as `codechange/acme`. */
  readonly agentId: string;
  /** `wi-12` for work item 12, `main` for heartbeats, others for conversations. */
  readonly sessionId: string;
  /** The agent's jvAgent.json with its defaults; fields that the platform does not know are kept. A copy for this call. */
  readonly agentConfig: { readonly id: string; readonly [field: string]: unknown };
  /** Those of the agent's secrets.env that this tool may have: see "Who gets which secret" in docs/configuration.md. */
  readonly agentSecrets: Readonly<Record<string, string | undefined>>;
  /** The workspace inside the sandbox, read-only, with the folders of tools and the agent's own texts. */
  readonly projectRoot: string;
  /** Writes into the log of the session, in which people read it: `context.log('asked %s', url)`. The same as `log.info`. */
  readonly log: Log & Readonly<Record<'debug' | 'info' | 'warn' | 'error', Log>>;
  readonly messageBroker: {
    /** Sends a message in the agent's name, where the agent itself may send one. The answer is the message, or a refusal. */
    publish(message: Message): Promise<unknown>;
  };
}

/** As `console.log`: `%s` and the like are filled in. */
export type Log = (...words: unknown[]) => void;

/** To `agent/ID`, `agent/ID/session/SESSION` or `slack/TEAM/CHANNEL`: a text, or a command with its payload. */
export type Message = { readonly to: string; readonly command?: string } & (
  | { readonly text: string }
  | { readonly payload: Readonly<Record<string, unknown>> }
);
