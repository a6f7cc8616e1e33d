/**
 * Tools as one turn may use them.
 *
 * call -> counted -> checked -> exists here? -> carried out -> redacted and bounded -> recorded -> the model
 */
import { z } from 'zod';
import { messageOf, OutsideError } from '../base/errors.ts';
import { type Redact, redactValue } from '../base/redact.ts';
import { refusalOf } from '../effects/performer.ts';
import { isRefusal, refuse } from '../refusal.ts';
import { agentKindOf, availabilityOf } from './phases.ts';
import type { HostTool, PlatformTool, ToolTurn } from './tool.ts';

/** Fits the engine's own form of a tool. */
export interface BoundTool {
  name: string;
  description: string;
  inputSchema: Readonly<Record<string, unknown>>;
  /** What it returns is for the model, refusals too; the message of what it throws as well. Both are redacted. */
  call(input: unknown): Promise<unknown>;
}

/** One call as the log keeps it; redacted. */
export interface ToolCallRecord {
  tool: string;
  input: unknown;
  /** `failed`: the tool threw, or its input did not fit. */
  outcome: 'done' | 'refused' | 'failed';
  /** The answer, the refusal, or the error's text. */
  result: unknown;
  ms: number;
  /** Where a tool of ours threw what it never should: the stack, redacted. */
  bug?: string;
}

export interface BindOptions {
  turn: ToolTurn;
  platformTools: readonly PlatformTool[];
  hostTools: readonly HostTool[];
  redact: Redact;
  /** Those of `limits.ts`. */
  limits: { readonly toolCallsInTurnMax: number; readonly toolAnswerBytesMax: number };
  record(call: ToolCallRecord): void;
  /** Milliseconds of a clock that only goes forward. */
  now?: () => number;
}

/** A tool before it is counted, redacted and recorded. */
type Uncovered = BoundTool;

/** The input's text in the words of its check; no bug, and said to the model. */
class UnfitInput extends Error {}

function fitting<Schema extends z.ZodType>({ name, schema }: PlatformTool<Schema>, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`);
  throw new UnfitInput(`${name}: ${issues.join('; ')}`);
}

/** The schema with only those actions in it that exist here. */
function schemaFor({ schema, actionField }: PlatformTool, actions: 'all' | readonly string[]) {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input' });
  if (actions === 'all' || actionField === undefined) return json;
  return { ...json, properties: { ...json.properties, [actionField]: { type: 'string', enum: actions } } };
}

function platformTool(tool: PlatformTool, turn: ToolTurn): Uncovered[] {
  const { name, description, actionField } = tool;
  const actions = availabilityOf(name, turn.kind, agentKindOf(turn.config));
  if (actions === undefined) return [];
  async function call(input: unknown): Promise<unknown> {
    const fit = fitting(tool, input);
    const action = actionField && String((fit as Record<string, unknown>)[actionField]);
    if (actions === 'all' || action === undefined || actions?.includes(action)) return tool.execute(fit, turn);
    return refuse('TOOL_UNAVAILABLE', `${name} ${action} does not exist in a turn for ${turn.kind}`);
  }
  return [{ name, description, inputSchema: schemaFor(tool, actions), call }];
}

function hostTool({ name, description, inputSchema, call }: HostTool, { sessionId }: ToolTurn): Uncovered {
  return { name, description, inputSchema, call: (input) => call(input, sessionId) };
}

/** What is too long is cut, after its secrets are out: half a secret is not found any more. */
function bounded(value: unknown, bytesMax: number): unknown {
  const text = JSON.stringify(value) ?? 'null';
  const bytes = Buffer.byteLength(text);
  if (bytes <= bytesMax) return value;
  const start = Buffer.from(text)
    .subarray(0, bytesMax >> 1)
    .toString('utf8');
  return { cut: `the answer has ${bytes} bytes, ${bytesMax} are allowed; ask for less`, start };
}

/** The tools that exist in this turn, all under one count of calls. */
export function bindTools(options: BindOptions): BoundTool[] {
  const { turn, redact, limits, record, now = () => performance.now() } = options;
  let calls = 0;

  async function outcomeOf(
    tool: Uncovered,
    input: unknown,
  ): Promise<Pick<ToolCallRecord, 'outcome' | 'result' | 'bug'>> {
    calls += 1;
    if (calls > limits.toolCallsInTurnMax) {
      return { outcome: 'refused', result: refuse('RATE', `${limits.toolCallsInTurnMax} tool calls in one turn`) };
    }
    try {
      const result = bounded(redactValue(redact, (await tool.call(input)) ?? null), limits.toolAnswerBytesMax);
      return { outcome: isRefusal(result) ? 'refused' : 'done', result };
    } catch (error) {
      if (error instanceof OutsideError) return { outcome: 'refused', result: redactValue(redact, refusalOf(error)) };
      const isOurs = options.platformTools.some(({ name }) => name === tool.name) && !(error instanceof UnfitInput);
      const stack = isOurs && error instanceof Error ? { bug: redact(error.stack ?? error.message) } : {};
      return { outcome: 'failed', result: redact(messageOf(error)), ...stack };
    }
  }

  const cover = (tool: Uncovered): BoundTool => ({
    ...tool,
    async call(input) {
      const startedAt = now();
      const { outcome, result, bug } = await outcomeOf(tool, input);
      const ms = Math.round(now() - startedAt);
      record({ tool: tool.name, input: redactValue(redact, input), outcome, result, ms, ...(bug ? { bug } : {}) });
      if (outcome === 'failed') throw new Error(String(result));
      return result;
    },
  });

  const ours = options.platformTools.flatMap((tool) => platformTool(tool, turn));
  return [...ours, ...options.hostTools.map((tool) => hostTool(tool, turn))].map(cover);
}
