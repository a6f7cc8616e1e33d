/** The port to the model: it takes one turn, in advance or at once, and returns a stream of events for the session's log, the terminal and tests. */
import type { Refusal } from '../refusal.ts';
import type { Mount } from '../sandbox/layout.ts';

/** How the model sees the name of a tool of ours. */
export const toolName = (name: string) => `mcp__jv__${name}`;

export interface EngineTool {
  /** Without a prefix; the model sees `mcp__jv__NAME`. */
  name: string;
  description: string;
  /** A JSON Schema of type `object`. */
  inputSchema: Readonly<Record<string, unknown>>;
  /** The returned text reaches the model as it is, a thrown error as an error text. The input comes from the model unchecked. */
  call(input: unknown): Promise<string>;
}

/** One row of a conversation as the engine stores it; only the engine knows its format. */
export type TranscriptRow = Readonly<Record<string, unknown>>;

/** What the engine is started with, before it is told anything. */
export interface EngineStart {
  systemPrompt: string;
  model: string;
  /** The files to work on; `readOnlyPaths` are relative to the tree and cannot be changed. */
  tree?: { path: string; writable: boolean; readOnlyPaths: readonly string[] };
  /** A folder shown read-only as the tree's `.git`. */
  gitView?: { path: string };
  /** A folder for the model's notes, mounted as `/memory`; `readOnlyPaths` are relative to it and cannot be changed. */
  memory?: { path: string; readOnlyPaths: readonly string[] };
  /** More folders to read, each with its path inside. */
  extraMounts: readonly Pick<Mount, 'source' | 'target' | 'closedPaths'>[];
  /** Names of the engine's own tools that the model may use, such as `Read`; none by default. */
  builtinTools: readonly string[];
  tools: readonly EngineTool[];
  /** Secrets for the engine's environment, by name, in plain text; every command of the model can read them. */
  secrets?: Readonly<Record<string, string>>;
  /** How often the engine repeats a call that failed, if that can help; 6 by default. */
  retriesMax?: number;
  /** The conversation to continue. */
  conversation?: { engineSessionId: string; rows: readonly TranscriptRow[] };
  /** A private folder for this turn. Its path must be short, because the path of a socket can have at most 107 bytes. */
  runDir: string;
  turnTimeMs: number;
  /** The longest allowed silence of the model and its tools, in milliseconds; time spent in our tools does not count. */
  stallMs: number;
  signal: AbortSignal;
}

/** What it is told. */
export interface EngineWords {
  prompt: string;
  /**
   * Called once with a function that sends text to the model while it works; the text arrives between two of its steps. Text
   * sent when the model is done makes it continue; text sent after the end of the turn is lost.
   */
  onListening?: (tell: (text: string) => void) => void;
}

export type EngineRun = EngineStart & EngineWords;

export type Outcome = 'done' | 'error' | 'aborted' | 'timed-out' | 'stalled' | 'budget';

export interface TokenCounts {
  input: number;
  /** Tokens read from the provider's cache, not included in `input`. */
  cached: number;
  output: number;
}

/** Why a turn did not end well, if the cause is known. */
export type TurnFault =
  /** The model's provider failed; no attempt is used up. An OUTSIDE_* code with the provider's message. */
  | { kind: 'provider'; refusal: Refusal }
  /** The conversation is too long for the model; only this item is affected. `why` says its size. */
  | { kind: 'too-long'; why: string }
  /** A refusal that would happen again in the same turn. */
  | { kind: 'refused'; refusal: Refusal }
  /** The sandbox no longer isolates programs: SANDBOX_UNAVAILABLE. */
  | { kind: 'sandbox'; refusal: Refusal };

/** `started` comes first, unless the turn fails to start; `ended` comes last. */
export type EngineEvent =
  | { kind: 'started'; engineSessionId: string }
  | { kind: 'text'; text: string }
  | { kind: 'thinking'; text: string }
  | { kind: 'tool-call'; id: string; tool: string; input: unknown }
  | { kind: 'tool-result'; id: string; tool?: string | undefined; result: string; isError: boolean }
  /** New rows that the next turn of this conversation needs, in order, in addition to the rows it was started with. */
  | { kind: 'transcript'; rows: readonly TranscriptRow[] }
  | {
      kind: 'ended';
      outcome: Outcome;
      /** The model's last text. */
      text?: string | undefined;
      /** Why the turn did not end well. */
      why?: string | undefined;
      fault?: TurnFault | undefined;
      usd: number;
      tokens: TokenCounts;
    };

/** An engine whose program starts, or waits for its words. It never outlives its signal. */
export interface StartedEngine {
  /** Called at most once. Always ends with exactly one `ended` event; never throws because of the model or its program. */
  talk(words: EngineWords): AsyncIterable<EngineEvent>;
  /** For one that is not needed any more; resolves when its program and its ways out are gone. */
  end(): Promise<void>;
}

export interface Engine {
  /** Starts the program in advance: then the model answers sooner. Its times count from its words on. */
  start(start: EngineStart): StartedEngine;
  /** The same with its words at once. */
  run(run: EngineRun): AsyncIterable<EngineEvent>;
}
