/** The port to the model: one turn in, a stream of events out, which feeds the session's log, the terminal and tests alike. */
import type { Refusal } from '../refusal.ts';
import type { Mount } from '../sandbox/layout.ts';

export interface EngineTool {
  /** Without prefix; the model sees `mcp__jv__NAME`. */
  name: string;
  description: string;
  /** JSON Schema of an object. */
  inputSchema: Readonly<Record<string, unknown>>;
  /** What it returns reaches the model as it is, what it throws as an error's text. The input is the model's word: unchecked. */
  call(input: unknown): Promise<string>;
}

/** One line of a conversation as the engine keeps it; only the engine knows what is in it. */
export type TranscriptRow = Readonly<Record<string, unknown>>;

export interface EngineRun {
  prompt: string;
  systemPrompt: string;
  model: string;
  /** The files to work on; `readOnlyPaths` are relative to it and stay as they are. */
  tree?: { path: string; writable: boolean; readOnlyPaths: readonly string[] };
  /** A folder shown read-only as the tree's `.git`. */
  gitView?: { path: string };
  /** A folder that the model may write notes in, seen as `/memory`; `readOnlyPaths` are relative to it and stay as they are. */
  memory?: { path: string; readOnlyPaths: readonly string[] };
  /** Further folders to read, each at its place inside. */
  extraMounts: readonly Pick<Mount, 'source' | 'target' | 'closedPaths'>[];
  /** Names of the engine's own tools that the model may use, such as `Read`; none by default. */
  builtinTools: readonly string[];
  tools: readonly EngineTool[];
  /** By name, in plain text: what its owner gives to the engine's environment, and so to every command of the model. */
  secrets?: Readonly<Record<string, string>>;
  /** The conversation to go on with. */
  conversation?: { engineSessionId: string; rows: readonly TranscriptRow[] };
  /** A folder of this turn alone, closed to others, with a short path: a socket's may have 107 bytes. */
  runDir: string;
  turnTimeMs: number;
  /** Longest silence of model and tools; the time a tool of ours takes does not count. */
  stallMs: number;
  signal: AbortSignal;
  /**
   * Called once, with how the model is told something while it works, between two of its steps. What comes when it is
   * done makes it go on; what comes after the turn's end is lost.
   */
  onListening?: (tell: (text: string) => void) => void;
}

export type Outcome = 'done' | 'error' | 'aborted' | 'timed-out' | 'stalled' | 'budget';

export interface TokenCounts {
  input: number;
  /** Read from the provider's cache, not counted in `input`. */
  cached: number;
  output: number;
}

/** Whose fault it was that the turn did not end well, where that is known. */
export type TurnFault =
  /** The model's provider did not answer, or not as it should: nobody's attempt. An OUTSIDE_* code with the provider's words. */
  | { kind: 'provider'; refusal: Refusal }
  /** The conversation is too long for the model: the item's own. `why` has its size. */
  | { kind: 'too-long'; why: string }
  /** A no that the same turn would meet again. */
  | { kind: 'refused'; refusal: Refusal }
  /** The sandbox shuts nothing in any more: SANDBOX_UNAVAILABLE. */
  | { kind: 'sandbox'; refusal: Refusal };

/** `started` comes before all others, unless the turn fails to start; `ended` comes last. */
export type EngineEvent =
  | { kind: 'started'; engineSessionId: string }
  | { kind: 'text'; text: string }
  | { kind: 'thinking'; text: string }
  | { kind: 'tool-call'; id: string; tool: string; input: unknown }
  | { kind: 'tool-result'; id: string; tool?: string | undefined; result: string; isError: boolean }
  /** What the next turn of this conversation needs, in order, beside the rows it was started with. */
  | { kind: 'transcript'; rows: readonly TranscriptRow[] }
  | {
      kind: 'ended';
      outcome: Outcome;
      /** The model's last words. */
      text?: string | undefined;
      /** Why it did not end well. */
      why?: string | undefined;
      fault?: TurnFault | undefined;
      usd: number;
      tokens: TokenCounts;
    };

export interface Engine {
  /** Always ends with exactly one `ended`; never throws for what the model or its program does. */
  run(run: EngineRun): AsyncIterable<EngineEvent>;
}
