/**
 * The one place that talks HTTP outwards: paced, bounded, never redirected, and without a permit it only reads.
 *
 * request -> its place in the pace -> permit spent -> answer -> JSON, or an OutsideError that says what went wrong.
 * Only reads are tried again, since only they can be without harm.
 */
import ky from 'ky';
import type { Clock } from '../../base/clock.ts';
import { assert, messageOf, OutsideError } from '../../base/errors.ts';
import { resolveInside } from '../../base/inside.ts';
import type { Redact } from '../../base/redact.ts';
import { limits } from '../../limits.ts';
import type { Permit, PermitKind, PermitUse } from '../../work-items/gate/permit.ts';
import { type Answer, answerOf, failure, type Question, readBytes } from './answer.ts';
import { retryAfterMs, spend } from './outside.ts';
import { createPace } from './pace.ts';

/** What is told of every request that was sent, for audit and metrics. */
export interface SentRequest {
  system: string;
  method: string;
  path: string;
  /** Undefined when no answer came. */
  status: number | undefined;
  tookMs: number;
  permitId?: string | undefined;
}

type HttpLimits = Record<'requestSecondsMax' | 'retriesMax' | 'retryWaitSecondsMax' | 'answerBytesMax', number>;

/** What a connector lets its maker set. */
export interface HttpSettings {
  clock: Clock;
  /** Takes the connector's token out of error texts. */
  redact: Redact;
  limits?: HttpLimits;
  perMinute?: number | undefined;
  fetch?: typeof globalThis.fetch;
  onRequest?: (sent: SentRequest) => void;
}

export interface HttpClientOptions {
  system: string;
  /** Origin and path prefix that no request leaves. */
  baseUrl: string;
  headers: () => Record<string, string>;
  answers: Question['answers'];
  /** Paths of the reads that the other side's protocol makes a POST; none without it. */
  readsByPost?: RegExp;
  http: HttpSettings;
}

export interface ReadOptions {
  query?: Readonly<Record<string, string | number | boolean>> | undefined;
  accepts?: Question['accepts'];
  /** Instead of what the client expects of its answers. */
  answers?: Question['answers'];
  /** Instead of the usual number. */
  retriesMax?: number;
  headers?: Readonly<Record<string, string>>;
}

export interface WriteRequest {
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query?: ReadOptions['query'];
  headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, unless it is bytes. */
  body: unknown;
}

export interface HttpClient {
  get(path: string, options?: ReadOptions): Promise<Answer>;
  /** A read that the protocol makes a POST; only for the paths of `readsByPost`. */
  query(path: string, body: unknown, options?: ReadOptions): Promise<Answer>;
  /** Every request that can change something. Never tried again here. */
  send(permit: Permit, kinds: readonly PermitKind[], use: PermitUse, request: WriteRequest): Promise<Answer>;
}

const firstBackoffMs = 500;

interface Outgoing {
  method: string;
  path: string;
  query?: ReadOptions['query'];
  headers?: WriteRequest['headers'] | undefined;
  body?: unknown;
  accepts?: ReadOptions['accepts'] | undefined;
  answers?: ReadOptions['answers'] | undefined;
  /** Asked at the last moment before the request. */
  spendPermit?: () => void;
  permitId?: string;
}

function urlOf(baseUrl: string, { path, query = {} }: Outgoing, question: Question): URL {
  const url = resolveInside(baseUrl, path);
  if (!url) throw failure(question, `was not sent: it leaves ${baseUrl}`, { kind: 'refused', typeKey: 'TOOL_PATH' });
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  return url;
}

function bodyOf({ body }: Outgoing): { body: Uint8Array<ArrayBuffer> } | { json: unknown } | undefined {
  if (body === undefined) return undefined;
  return body instanceof Uint8Array ? { body: new Uint8Array(body) } : { json: body };
}

/** Sends one request and reads its answer; throws `unreachable` when none came. */
async function exchange(options: HttpClientOptions, bounds: HttpLimits, out: Outgoing, question: Question) {
  const { system, baseUrl, http } = options;
  const { clock, fetch = globalThis.fetch, onRequest = () => {} } = http;
  const { method, path, permitId } = out;
  const url = urlOf(baseUrl, out, question);
  out.spendPermit?.();
  const startedAt = clock.now();
  let status: number | undefined;
  try {
    const response = await ky(url, {
      method,
      headers: { accept: 'application/json', ...options.headers(), ...out.headers },
      redirect: 'manual',
      retry: 0,
      timeout: false,
      throwHttpErrors: false,
      // One bound over answer and body alike.
      signal: AbortSignal.timeout(bounds.requestSecondsMax * 1_000),
      fetch,
      ...bodyOf(out),
    });
    status = response.status;
    return { response, bytes: await readBytes(response, bounds.answerBytesMax) };
  } catch (error) {
    const reason = error instanceof Error && error.cause ? messageOf(error.cause) : messageOf(error);
    throw failure(question, `got no answer: ${reason}`, { kind: 'unreachable' }, error);
  } finally {
    const tookMs = clock.now() - startedAt;
    onRequest({ system, method, path, status, tookMs, permitId });
  }
}

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { system, answers, readsByPost, http } = options;
  const { clock, redact, limits: bounds = limits, perMinute = limits.requestsPerMinuteMax } = http;
  const waitMsMax = bounds.retryWaitSecondsMax * 1_000;
  const pace = createPace({ clock, waitMsMax, perMinute });

  async function once(out: Outgoing): Promise<Answer> {
    const { method, path, accepts } = out;
    const question = {
      system,
      method,
      path,
      accepts,
      answers: out.answers ?? answers,
      redact,
      mutates: out.spendPermit !== undefined,
    };
    const tooLongMs = await pace.place();
    if (tooLongMs > 0) {
      const why = `was not sent: the next one may go in ${Math.ceil(tooLongMs / 1_000)} s`;
      throw failure(question, why, { kind: 'limited', retryAfterMs: tooLongMs, typeKey: 'RATE' });
    }
    const { response, bytes } = await exchange(options, bounds, out, question);
    const waitMs = retryAfterMs(response.headers.get('retry-after'), clock);
    // Also with a good answer: so a system asks for fewer requests before it begins to refuse them.
    if (waitMs !== undefined) pace.pause(waitMs);
    const { status } = response;
    if (bytes === undefined) throw failure(question, `answered over ${bounds.answerBytesMax} bytes`, { status });
    return answerOf(question, response, bytes, waitMs);
  }

  async function read(out: Outgoing, retriesMax = bounds.retriesMax): Promise<Answer> {
    for (let tries = 0; ; tries += 1) {
      try {
        return await once(out);
      } catch (error) {
        if (!(error instanceof OutsideError) || !error.retryable || tries >= retriesMax) throw error;
        const waitMs = error.facts.retryAfterMs ?? firstBackoffMs * 2 ** tries * (0.5 + Math.random() / 2);
        if (waitMs > waitMsMax) throw error;
        await clock.sleep(waitMs);
      }
    }
  }

  return {
    get: (path, { query, accepts, answers: expected, retriesMax, headers } = {}) =>
      read({ method: 'GET', path, query, accepts, answers: expected, headers }, retriesMax),
    async query(path, body, { query, accepts, retriesMax } = {}) {
      assert(readsByPost?.test(path), `${path} is no read`);
      return read({ method: 'POST', path, body, query, accepts }, retriesMax);
    },
    send(permit, kinds, use, { method, path, query, headers, body }) {
      const spendPermit = () => spend(permit, kinds, use, { system, request: `${method} ${path}` });
      return once({ method, path, query, headers, body, spendPermit, permitId: permit.id });
    },
  };
}
