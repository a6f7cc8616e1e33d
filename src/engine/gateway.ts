/**
 * The only way from a turn to the model: a unix socket of that turn, which lets two requests through and adds the key.
 *
 * request -> path and rate -> body checked and redacted -> money reserved -> provider -> answer passed on -> money settled
 */
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import { listen } from '../base/http.ts';
import type { Log } from '../base/log.ts';
import type { Redact } from '../base/redact.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import { allowedBetas, checkModelRequest, type ModelRequest } from './model-request.ts';
import { priceOf, usdMaxOf } from './prices.ts';
import { type Budget, createSpending, nothingSpent, type Spent } from './spending.ts';

export type { Budget };

export interface GatewayOptions {
  /** The provider, such as `https://api.anthropic.com`. */
  baseUrl: string;
  /** `sk-ant-oat...` and `Bearer ...` go as authorization, others as x-api-key. */
  key: string;
  /** Ids or families (`sonnet`) that may be asked. */
  models: readonly string[];
  bodyBytesMax: number;
  requestsPerMinuteMax: number;
  outputTokensMax: number;
  budget: Budget;
  redact: Redact;
  clock: Clock;
  log: Log;
}

export interface TurnGateway {
  /** Tokens and money of this turn so far, by the provider's count. */
  spent(): Spent;
  /** The last request that was refused here, if one was. */
  refusal(): Refusal | undefined;
  close(): Promise<void>;
}

export interface TurnGatewayOptions {
  socketPath: string;
  /** Called whenever something passes. */
  onActivity?: () => void;
}

/** Opens the gateway of one turn. */
export type OpenGateway = (turn: TurnGatewayOptions) => Promise<TurnGateway>;

const paths = ['/v1/messages', '/v1/messages/count_tokens'];
const minuteMs = 60_000;
const retrySeconds = '5';

/** Of the provider's headers those that a client acts upon. */
const passed = ['content-type', 'retry-after', 'x-should-retry', 'request-id'];

function authorization(key: string): Record<string, string> {
  if (key.startsWith('Bearer ')) return { authorization: key };
  if (key.startsWith('sk-ant-oat')) return { authorization: `Bearer ${key}` };
  return { 'x-api-key': key };
}

/** An answer of our own in the provider's form; a client asks again only where that can help. */
function deny(status: number, { refused, why, mend }: Refusal, retry = false): Response {
  const type = status === 429 ? 'rate_limit_error' : status === 403 ? 'permission_error' : 'api_error';
  const headers = { 'x-should-retry': String(retry), ...(retry ? { 'retry-after': retrySeconds } : {}) };
  return Response.json({ type: 'error', error: { type, message: `${refused}: ${why} ${mend}` } }, { status, headers });
}

async function readBody(request: Request, bytesMax: number): Promise<string | Refusal> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length;
    if (bytes > bytesMax) return refuse('MODEL_REFUSED', `the request is over ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Whether one more may pass within a minute. */
function createRate(clock: Clock, perMinuteMax: number): () => boolean {
  let times: number[] = [];
  return () => {
    const now = clock.now();
    times = times.filter((at) => at > now - minuteMs);
    return times.length < perMinuteMax && times.push(now) > 0;
  };
}

/** The request, checked, with what it can cost at most. */
async function admit(options: GatewayOptions, request: Request) {
  const { bodyBytesMax, redact, models, outputTokensMax } = options;
  const text = await readBody(request, bodyBytesMax);
  if (isRefusal(text)) return text;
  const body = checkModelRequest(redact(text), models, outputTokensMax);
  if (isRefusal(body)) return body;
  const price = priceOf(body.model);
  if (!price) return refuse('MODEL_REFUSED', `no price is known for the model ${body.model}`);
  return { body, price, usdMax: usdMaxOf(price, text.length, body.max_tokens ?? outputTokensMax) };
}

async function ask(options: GatewayOptions, path: string, request: Request, body: ModelRequest) {
  const beta = allowedBetas(request.headers.get('anthropic-beta') ?? '');
  const headers = {
    ...authorization(options.key),
    'content-type': 'application/json',
    'anthropic-version': request.headers.get('anthropic-version') ?? '2023-06-01',
    ...(beta ? { 'anthropic-beta': beta } : {}),
  };
  const url = `${options.baseUrl.replace(/\/$/, '')}${path}${beta ? '?beta=true' : ''}`;
  try {
    const init = { method: 'POST', headers, body: JSON.stringify(body), redirect: 'error' as const };
    return await fetch(url, { ...init, signal: request.signal });
  } catch (error) {
    return refuse('OUTSIDE_UNREACHABLE', `the model provider did not answer: ${messageOf(error)}`);
  }
}

const headersOf = (answer: Response) =>
  new Headers([...answer.headers].filter(([name]) => passed.includes(name.toLowerCase())));

async function openTurn(options: GatewayOptions, turn: TurnGatewayOptions): Promise<TurnGateway> {
  const { budget, clock, log, requestsPerMinuteMax } = options;
  const { socketPath, onActivity = () => {} } = turn;
  const mayPass = createRate(clock, requestsPerMinuteMax);
  const spending = createSpending({ budget, onActivity });
  let lastRefusal: Refusal | undefined;

  const no = (status: number, refusal: Refusal, retry = false) => {
    lastRefusal = refusal;
    log.warn({ code: refusal.refused, why: refusal.why }, 'model request refused');
    return deny(status, refusal, retry);
  };

  async function respond(request: Request): Promise<Response> {
    onActivity();
    const { pathname: path, search } = new URL(request.url);
    if (request.method !== 'POST' || !paths.includes(path) || !['', '?beta=true'].includes(search))
      return no(403, refuse('MODEL_REFUSED', `${request.method} ${path} leads nowhere from here.`));
    if (!mayPass()) return no(429, refuse('RATE', `${requestsPerMinuteMax} model requests within a minute.`), true);
    const admitted = await admit(options, request);
    if (isRefusal(admitted)) return no(403, admitted);
    const { body, price, usdMax } = admitted;
    const isFree = path.endsWith('/count_tokens');
    const short = isFree ? undefined : await budget.reserve(usdMax);
    if (short) return no(429, short, short.until !== undefined);
    const answer = await ask(options, path, request, body);
    if (isRefusal(answer)) {
      if (!isFree) budget.settle(usdMax, nothingSpent);
      return no(502, answer, true);
    }
    const counted = isFree ? answer.body : spending.count({ price, usdMax }, answer, request.signal);
    return new Response(counted, { status: answer.status, headers: headersOf(answer) });
  }

  // The folder is closed to others; the sandbox's user comes in by a mount of the socket alone.
  const listener = await listen(respond, { socketPath, mode: 0o666 });
  return {
    spent: spending.spent,
    refusal: () => lastRefusal,
    async close() {
      spending.close();
      await listener.close();
    },
  };
}

/** A gateway for the turns of one agent; each opens its own socket. */
export const createGateway =
  (options: GatewayOptions): OpenGateway =>
  (turn) =>
    openTurn(options, turn);
