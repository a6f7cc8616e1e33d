/**
 * Tools as one turn may use them.
 *
 * call -> counted -> checked -> exists here? -> carried out -> redacted and bounded -> recorded -> fenced -> the model
 *
 * What a tool answers or throws comes from outside and is data; what the platform refuses is its own word, in which
 * words of others are in a fence.
 */
import { z } from 'zod';
import { dataBlock } from '../base/data-block.ts';
import { messageOf, OutsideError } from '../base/errors.ts';
import { type Redact, redactValue } from '../base/redact.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import { meaningOf } from '../work-items/code-meaning.ts';
import { outsideRefusal } from '../work-items/outside-refusal.ts';
import { agentKindOf, availabilityOf } from './phases.ts';
import type { HostTool, HostToolTurn, PlatformTool, ToolTurn } from './tool.ts';

/** Fits the engine's own form of a tool. */
export interface BoundTool {
  name: string;
  description: string;
  inputSchema: Readonly<Record<string, unknown>>;
  /** What it returns is for the model: JSON, in a data block where it is not our own word. So is the message of what it throws. */
  call(input: unknown): Promise<string>;
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

/** A tool before it is counted, redacted, recorded and fenced. */
interface Uncovered extends Omit<BoundTool, 'call'> {
  /** Whether it is the platform's, whose refusals are its own words. */
  isPlatforms: boolean;
  /** Whether its answers are that too. */
  isOwnWord: boolean;
  call(input: unknown): Promise<unknown>;
}

type Outcome = Pick<ToolCallRecord, 'outcome' | 'result' | 'bug'> & { isOwnWord: boolean };

/** The input's text in the words of its check; no bug, and said to the model. */
class UnfitInput extends Error {}

function fitting<Schema extends z.ZodType>({ name, schema }: PlatformTool<Schema>, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`);
  throw new UnfitInput(`${name}: ${issues.join('; ')}`);
}

/** A part of a schema without what goes without saying: the model has it in every request, and our check says what does not fit. */
function leanly({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  const { additionalProperties, minLength, maximum } = jsonSchema;
  if (additionalProperties === false) delete jsonSchema.additionalProperties;
  if (minLength === 1) delete jsonSchema.minLength;
  if (maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  delete jsonSchema.propertyNames;
}

/** The schema with only those actions in it that the model is told of, and only the fields that these take. */
function schemaFor(tool: PlatformTool, actions: 'all' | readonly string[]) {
  const { schema, actionField, actions: told, actionsOfField = {} } = tool;
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input', override: leanly });
  if (actions === 'all' || actionField === undefined) return json;
  const here = told ? actions.filter((action) => action in told) : actions;
  const isTaken = (field: string) => (actionsOfField[field] ?? here).some((action) => here.includes(action));
  const fields = Object.entries(json.properties ?? {}).filter(([field]) => isTaken(field));
  return { ...json, properties: { ...Object.fromEntries(fields), [actionField]: { type: 'string', enum: here } } };
}

/** What the tool is for, and each of its actions that exist here. */
function descriptionFor({ description, actions: told = {} }: PlatformTool, actions: 'all' | readonly string[]): string {
  const here = Object.entries(told).filter(([name]) => actions === 'all' || actions.includes(name));
  return [description, ...here.map(([name, use]) => `${name}: ${use}`)].join('\n');
}

function platformTool(tool: PlatformTool, turn: ToolTurn): Uncovered[] {
  const { name, actionField } = tool;
  const actions = availabilityOf(name, turn.kind, agentKindOf(turn.config));
  if (actions === undefined) return [];
  async function call(input: unknown): Promise<unknown> {
    const fit = fitting(tool, input);
    const action = actionField && String((fit as Record<string, unknown>)[actionField]);
    if (actions === 'all' || action === undefined || actions?.includes(action)) return tool.execute(fit, turn);
    return refuse('TOOL_UNAVAILABLE', `${name} ${action} does not exist in a turn for ${turn.kind}`);
  }
  const { isOwnWord = false } = tool;
  const description = descriptionFor(tool, actions);
  return [{ name, description, inputSchema: schemaFor(tool, actions), isPlatforms: true, isOwnWord, call }];
}

function hostTool({ name, description, inputSchema, call }: HostTool, turn: HostToolTurn): Uncovered {
  const isOurs = { isPlatforms: false, isOwnWord: false };
  return { name, description, inputSchema, ...isOurs, call: (input) => call(input, turn) };
}

/** A user's tool sends what the model could send, as the same tool of ours lets it; a no is recorded as that tool's. */
function publishBy(
  ours: readonly Uncovered[],
  { redact, record }: Pick<BindOptions, 'redact' | 'record'>,
): HostToolTurn['publish'] {
  const tool = 'send-message';
  const sender = ours.find(({ name }) => name === tool);
  return async (message) => {
    const sent = (await sender?.call(message)) ?? refuse('TOOL_UNAVAILABLE', 'no message is sent from this turn');
    if (isRefusal(sent)) {
      const [input, result] = [redactValue(redact, message), redactValue(redact, sent)];
      record({ tool, input, outcome: 'refused', result, ms: 0 });
    }
    return sent;
  };
}

/** What is too long is cut, after its secrets are out: half a secret is not found any more. */
function bounded(value: unknown, bytesMax: number): unknown {
  const text = JSON.stringify(value) ?? 'null';
  const bytes = Buffer.byteLength(text);
  if (bytes <= bytesMax) return value;
  const start = new TextDecoder().decode(Buffer.from(text).subarray(0, bytesMax >> 1), { stream: true });
  return { cut: `the answer has ${bytes} bytes, and at most ${bytesMax} are shown: ask for less`, start };
}

/** Code and fix stay the platform's own word. */
function forModel(refusal: Refusal): Refusal {
  if (!meaningOf(refusal).quotes) return refusal;
  return { ...refusal, why: dataBlock('what the other side said', refusal.why) };
}

/** The tools that exist in this turn, all under one count of calls. */
export function bindTools(options: BindOptions): BoundTool[] {
  const { turn, redact, limits, record, now = () => performance.now() } = options;
  let calls = 0;

  const refused = (result: unknown): Outcome => ({ outcome: 'refused', result, isOwnWord: true });

  async function outcomeOf({ call, isPlatforms, isOwnWord }: Uncovered, input: unknown): Promise<Outcome> {
    calls += 1;
    if (calls > limits.toolCallsInTurnMax) {
      return refused(refuse('RATE', `${limits.toolCallsInTurnMax} tool calls in one turn`));
    }
    try {
      const result = bounded(redactValue(redact, (await call(input)) ?? null), limits.toolAnswerBytesMax);
      // A user's tool can answer in the form of a refusal too.
      if (isRefusal(result)) return { ...refused(result), isOwnWord: isPlatforms };
      return { outcome: 'done', result, isOwnWord };
    } catch (error) {
      if (error instanceof OutsideError) return refused(redactValue(redact, outsideRefusal(error, turn.agentId)));
      const isBug = isPlatforms && error instanceof Error && !(error instanceof UnfitInput);
      const stack = isBug ? { bug: redact(error.stack ?? error.message) } : {};
      return { outcome: 'failed', result: redact(messageOf(error)), isOwnWord: error instanceof UnfitInput, ...stack };
    }
  }

  const cover = (tool: Uncovered): BoundTool => ({
    name: tool.name,
    description: tool.description,
    inputSchema: tool.inputSchema,
    async call(input) {
      const startedAt = now();
      const { outcome, result, bug, isOwnWord } = await outcomeOf(tool, input);
      const ms = Math.round(now() - startedAt);
      record({ tool: tool.name, input: redactValue(redact, input), outcome, result, ms, ...(bug ? { bug } : {}) });
      const shown = isOwnWord && isRefusal(result) ? forModel(result) : result;
      const said = outcome === 'failed' ? String(shown) : JSON.stringify(shown);
      const text = isOwnWord ? said : dataBlock(`answer of the tool ${tool.name}`, said);
      if (outcome === 'failed') throw new Error(text);
      return text;
    },
  });

  const ours = options.platformTools.flatMap((tool) => platformTool(tool, turn));
  const hostTurn = { sessionId: turn.sessionId, publish: publishBy(ours, options) };
  return [...ours, ...options.hostTools.map((tool) => hostTool(tool, hostTurn))].map(cover);
}
