/**
 * The HTTP client for outside systems: it limits rate and size, follows no redirects, and only reads unless it has a permit.
 *
 * request -> wait for the rate limit -> use the permit -> answer -> JSON, or an OutsideError that says what went wrong.
 * Only reads are retried, because only they are safe to repeat.
 */
import type { Clock } from '../../base/clock.ts';
import { assert, messageOf, OutsideError } from '../../base/errors.ts';
import { askedWaitMs } from '../../base/http-answer.ts';
import { resolveInside } from '../../base/inside.ts';
import type { Redact } from '../../base/redact.ts';
import { limits } from '../../limits.ts';
import { type Ask, askBy, askDirectly } from '../../outbound/ask.ts';
import { faultIn } from '../../outbound/fault.ts';
import type { AnyPermit, AnyPermitKind, PermitUse } from '../../work-items/gate/permit.ts';
import { type Address, type Answer, answerOf, failure, type Question, readBytes } from './answer.ts';
import { spend } from './outside.ts';
import { createPaces, type Paces } from './pace.ts';

/** The facts of every sent request, for audit and metrics. */
export interface SentRequest {
  system: string;
  method: string;
  path: string;
  /** Undefined if no answer came. */
  status: number | undefined;
  tookMs: number;
  permitId?: string | undefined;
}

type HttpLimits = Record<'requestSecondsMax' | 'retriesMax' | 'retryWaitSecondsMax' | 'answerBytesMax', number>;

/** The settings that a connector's caller can choose. */
export interface HttpSettings {
  clock: Clock;
  /** Removes the connector's token from error texts. */
  redact: Redact;
  limits?: HttpLimits;
  perMinute?: number | undefined;
  /** The pace of each token, shared by all clients of an agent; this client's own when absent. */
  paces?: Paces;
  /** A private folder for answers that are asked for again; nothing is kept when absent. */
  answersFolder?: string | undefined;
  /** The way out of this machine; with `fetch` alone that is used. */
  ask?: Ask;
  fetch?: typeof globalThis.fetch;
  onRequest?: (sent: SentRequest) => void;
}

export interface HttpClientOptions {
  system: string;
  /** The origin and path prefix of all requests. */
  baseUrl: string;
  headers: () => Record<string, string>;
  /** The name of the secret that `headers` sends, such as `GIT_TOKEN`; errors about it name it. */
  tokenName?: string;
  address?: Address;
  answers: Question['answers'];
  /** The paths of reads that are a POST in the other side's protocol; none by default. */
  readsByPost?: RegExp;
  http: HttpSettings;
}

export interface ReadOptions {
  query?: Readonly<Record<string, string | number | boolean>> | undefined;
  accepts?: Question['accepts'];
  /** Overrides the expected form of the answer. */
  answers?: Question['answers'];
  /** Overrides the usual number of retries. */
  retriesMax?: number;
  headers?: Readonly<Record<string, string>>;
}

export interface WriteRequest {
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query?: ReadOptions['query'];
  headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, or unchanged if it is bytes. */
  body: unknown;
}

export interface HttpClient {
  get(path: string, options?: ReadOptions): Promise<Answer>;
  /** A read that is a POST in the protocol; only for the paths in `readsByPost`. */
  query(path: string, body: unknown, options?: ReadOptions): Promise<Answer>;
  /** Sends a request that can change something. It is never retried here. */
  send(permit: AnyPermit, kinds: readonly AnyPermitKind[], use: PermitUse, request: WriteRequest): Promise<Answer>;
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
  /** Called at the last moment before the request. */
  spendPermit?: () => void;
  permitId?: string;
}

function urlOf(baseUrl: string, { path, query = {} }: Outgoing, question: Question): URL {
  const url = resolveInside(baseUrl, path);
  if (!url)
    throw failure(question, `was not sent: its path is outside ${baseUrl}`, { kind: 'refused', typeKey: 'TOOL_PATH' });
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  return url;
}

function bodyOf({ body }: Outgoing): Uint8Array<ArrayBuffer> | undefined {
  if (body === undefined) return undefined;
  return new Uint8Array(body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body)));
}

/** By names in small letters; what the request itself says counts most. */
function headersOf(options: HttpClientOptions, { headers, body }: Outgoing): Record<string, string> {
  const json = body === undefined || body instanceof Uint8Array ? {} : { 'content-type': 'application/json' };
  const all = [{ accept: 'application/json', ...json }, options.headers(), headers ?? {}].flatMap(
    Object.entries<string>,
  );
  return Object.fromEntries(all.map(([name, value]) => [name.toLowerCase(), value]));
}

const askOf = ({ ask, fetch }: HttpSettings): Ask => ask ?? (fetch ? askBy(fetch) : askDirectly);

/** Sends one request and reads its answer; throws `unreachable` if no answer came. */
async function exchange(options: HttpClientOptions, bounds: HttpLimits, out: Outgoing, question: Question) {
  const { system, http } = options;
  const { clock, onRequest = () => {} } = http;
  const { method, path, permitId } = out;
  out.spendPermit?.();
  const startedAt = clock.now();
  let status: number | undefined;
  // One time limit for answer and body together.
  const signal = AbortSignal.timeout(bounds.requestSecondsMax * 1_000);
  try {
    const headers = headersOf(options, out);
    const response = await askOf(http)({ url: question.url, method, headers, body: bodyOf(out), signal });
    status = response.status;
    return { response, bytes: await readBytes(response, bounds.answerBytesMax) };
  } catch (error) {
    const fault = faultIn(error);
    const reason = fault ?? (signal.aborted ? signal.reason : ((error as Error | undefined)?.cause ?? error));
    const facts = { kind: 'unreachable', fix: fault?.fix } as const;
    throw failure(question, `got no answer: ${messageOf(reason)}`, facts, error);
  } finally {
    const tookMs = clock.now() - startedAt;
    onRequest({ system, method, path, status, tookMs, permitId });
  }
}

/** What is asked, or an OutsideError for a path that leads out of the configured address. */
function questionOf({ baseUrl, answers, http, ...options }: HttpClientOptions, out: Outgoing): Question {
  const { method, path, accepts } = out;
  const { system, tokenName, address } = options;
  const mutates = out.spendPermit !== undefined;
  const about = { system, method, path, accepts, redact: http.redact, tokenName, address, mutates };
  const question = { ...about, answers: out.answers ?? answers, url: new URL(baseUrl) };
  return { ...question, url: urlOf(baseUrl, out, question) };
}

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { system, readsByPost, http } = options;
  const { clock, limits: bounds = limits, perMinute = limits.requestsPerMinuteMax } = http;
  const waitMsMax = bounds.retryWaitSecondsMax * 1_000;
  const { paces = createPaces(clock) } = http;

  async function once(out: Outgoing): Promise<Answer> {
    const question = questionOf(options, out);
    const pace = paces.of(options.headers().authorization ?? system, perMinute, system);
    const tooLongMs = await pace.place(waitMsMax);
    if (tooLongMs > 0) {
      const why = `was not sent: the rate limit allows the next request in ${Math.ceil(tooLongMs / 1_000)} s`;
      const until = clock.now() + tooLongMs;
      throw failure(question, why, { kind: 'limited', retryAfterMs: tooLongMs, until, typeKey: 'RATE' });
    }
    const { response, bytes } = await exchange(options, bounds, out, question);
    const retryAfterMs = askedWaitMs((name) => response.headers.get(name), clock.now());
    // Also for a good answer: a system can ask for fewer requests before it begins to refuse them.
    if (retryAfterMs !== undefined) pace.pause(retryAfterMs);
    const { status } = response;
    if (bytes === undefined)
      throw failure(question, `sent an answer of more than ${bounds.answerBytesMax} bytes`, { status });
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs, until: clock.now() + retryAfterMs };
    return answerOf(question, response, bytes, wait);
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
      assert(readsByPost?.test(path), `${path} is not a read`);
      return read({ method: 'POST', path, body, query, accepts }, retriesMax);
    },
    send(permit, kinds, use, { method, path, query, headers, body }) {
      const spendPermit = () => spend(permit, kinds, use, { system, request: `${method} ${path}` });
      return once({ method, path, query, headers, body, spendPermit, permitId: permit.id });
    },
  };
}
