/**
 * A model provider without a model: it serves the Messages API from a script, for demos and tests with the real CLI.
 *
 * request -> refused if the real provider would refuse it -> conversation -> first matching scene -> its next reply -> message,
 * as one document or as a stream
 */
import { type Clock, systemClock } from '../../src/base/clock.ts';
import type { Respond } from '../../src/base/http.ts';
import { buildAnswer, streamOf, tokensOf } from './answer.ts';
import { type Conversation, type MessagesRequest, readConversation, requestSchema } from './conversation.ts';
import { fillReplies } from './fill.ts';
import { isServed } from './models.ts';
import { type Reply, type Scene, type Script, scriptSchema } from './script.ts';
import { faultIn } from './strict.ts';

export interface ReceivedRequest {
  path: string;
  headers: Readonly<Record<string, string>>;
  body: MessagesRequest;
}

export interface Anthropic {
  handler: Respond;
  /** Replaces the script for future requests; throws a ZodError if it is invalid. */
  setScript(script: unknown): void;
  /** All Messages requests so far, oldest first. */
  requests: readonly ReceivedRequest[];
}

const done: Reply = [{ text: 'Done.' }];

/** The named captures if the scene matches, otherwise undefined. */
function match(scene: Scene, model: string, seen: Conversation): Record<string, string> | undefined {
  const { when } = scene;
  const captures: Record<string, string> = {};
  for (const [source, text] of [
    [when.system, seen.system],
    [when.prompt, seen.prompt],
    [when.model, model],
    [when.toolResult, seen.toolResult],
  ] as const) {
    if (source === undefined) continue;
    const found = new RegExp(source, 'su').exec(text);
    if (!found) return undefined;
    Object.assign(captures, found.groups);
  }
  return (when.tools ?? []).every((tool) => seen.tools.includes(tool)) ? captures : undefined;
}

const fault = (status: number, type: string, message: string) =>
  Response.json({ type: 'error', error: { type, message } }, { status });

/** `clock` is used for the waits of `{delayMs}`. */
export function createAnthropic(options: { script?: Script; clock?: Clock } = {}): Anthropic {
  const { clock = systemClock } = options;
  let scenes = scriptSchema.parse(options.script ?? { scenes: [] }).scenes;
  const requests: ReceivedRequest[] = [];

  function choose(model: string, seen: Conversation): Reply {
    for (const scene of scenes) {
      const captures = match(scene, model, seen);
      if (!captures) continue;
      const { replies, otherwise = done } = scene;
      const values = { toolResult: seen.toolResult, ...captures };
      return fillReplies(replies, values)[seen.repliesGiven] ?? fillReplies([otherwise], values)[0] ?? done;
    }
    return done;
  }

  async function answer(body: MessagesRequest, text: string, signal: AbortSignal): Promise<Response> {
    const seen = readConversation(body);
    const reply = choose(body.model, seen);
    for (const part of reply) if ('delayMs' in part) await clock.sleep(part.delayMs, signal);
    const stated = reply.find((part) => 'error' in part)?.error;
    if (stated) return fault(stated.status, stated.type, stated.message);
    const message = buildAnswer(body.model, reply, tokensOf(text));
    if (!body.stream) return Response.json(message);
    return new Response(streamOf(message), { headers: { 'content-type': 'text/event-stream' } });
  }

  async function handler(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const counts = pathname === '/v1/messages/count_tokens';
    if (request.method !== 'POST' || !(counts || pathname === '/v1/messages'))
      return fault(404, 'not_found_error', 'Not found');
    const text = await request.text();
    const parsed = requestSchema.safeParse(parseJson(text));
    if (!parsed.success) return fault(400, 'invalid_request_error', parsed.error.message);
    requests.push({ path: pathname, headers: Object.fromEntries(request.headers), body: parsed.data });
    const wrong = faultIn(parsed.data, counts, request.headers.get('anthropic-beta') ?? '');
    if (wrong) return fault(400, 'invalid_request_error', wrong);
    if (!isServed(parsed.data.model)) return fault(404, 'not_found_error', `model: ${parsed.data.model}`);
    return counts ? Response.json({ input_tokens: tokensOf(text) }) : answer(parsed.data, text, request.signal);
  }

  return {
    handler,
    requests,
    setScript(script) {
      scenes = scriptSchema.parse(script).scenes;
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
