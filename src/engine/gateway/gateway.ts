/**
 * A turn's only way to the model: its own unix socket, which passes on two kinds of request and adds the key.
 *
 * request -> path and rate -> body checked and redacted -> money reserved -> provider -> answer passed on -> money settled
 */
import type { Clock } from '../../base/clock.ts';
import { listen } from '../../base/http.ts';
import type { Log } from '../../base/log.ts';
import { type Redact, redactValue } from '../../base/redact.ts';
import type { Model } from '../../models/model.ts';
import { usdMaxOf } from '../../models/prices.ts';
import { isRefusal, type NoteRefusal, type Refusal, refuse } from '../../refusal.ts';
import type { TurnFault } from '../engine.ts';
import { inputTokensMaxOf } from './call-size.ts';
import { createLastCalls, type LastCalls } from './last-calls.ts';
import { checkModelRequest } from './model-request.ts';
import { createProvider, type Provider, type ProviderOptions } from './provider.ts';
import { faultOfSize, oneLine } from './provider-fault.ts';
import { type Budget, createSpending, type Spending, type Spent } from './spending.ts';

export type { Budget };

export interface GatewayOptions {
  /** The model's provider and the key to use. */
  provider: Pick<ProviderOptions, 'baseUrl' | 'key' | 'keyName' | 'fetch'>;
  /** The models that the engine may call. */
  models: readonly Model[];
  bounds: Readonly<Record<'bodyBytesMax' | 'requestsPerMinuteMax' | 'outputTokensMax', number>>;
  budget: Budget;
  /** Removes known secrets from requests and from the provider's messages. */
  redact: Redact;
  /** Told of each request that was not let through, and will not be. */
  refused: NoteRefusal;
  clock: Clock;
  log: Log;
}

export interface TurnGateway {
  /** Tokens and money that this turn has used so far, as counted by the provider. */
  spent(): Spent;
  /** Why the gateway refused the last call; undefined if a later call passed. */
  refusal(): Refusal | undefined;
  /** Why the last call failed; undefined if a later call succeeded. */
  fault(): TurnFault | undefined;
  /** The fault to report if an open call gets no more data from the provider. */
  silence(): TurnFault | undefined;
  close(): Promise<void>;
}

export interface TurnGatewayOptions {
  socketPath: string;
  /** Called whenever data passes. */
  onActivity?: () => void;
}

export type OpenGateway = (turn: TurnGatewayOptions) => Promise<TurnGateway>;

const messagesPath = '/v1/messages';
const countPath = '/v1/messages/count_tokens';
const minuteMs = 60_000;
const retrySeconds = '5';

const typeOfStatus: Readonly<Record<number, string>> = {
  403: 'permission_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
};

/** A refusal in the provider's format. The client retries only if that can help; for money and rate, after a pause. */
function deny(status: number, { refused, why, fix }: Refusal, retry = false): Response {
  const type = typeOfStatus[status] ?? 'api_error';
  const pause = retry && status === 429 ? { 'retry-after': retrySeconds } : {};
  const headers = { 'x-should-retry': String(retry), ...pause };
  return Response.json({ type: 'error', error: { type, message: `${refused}: ${why} ${fix}` } }, { status, headers });
}

/** Undefined if the body is larger than `bytesMax`. */
async function readBody(request: Request, bytesMax: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length;
    if (bytes > bytesMax) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Returns a function that says whether another request may pass: at most `perMinuteMax` within 60 seconds. */
function createRateLimit(clock: Clock, perMinuteMax: number): () => boolean {
  let times: number[] = [];
  return () => {
    const now = clock.now();
    times = times.filter((at) => at > now - minuteMs);
    if (times.length >= perMinuteMax) return false;
    times.push(now);
    return true;
  };
}

/** The checked and redacted request, with its maximum cost. */
function admit(options: GatewayOptions, request: Request, text: string, isCount: boolean) {
  const { redact, models, bounds } = options;
  const { outputTokensMax } = bounds;
  const header = request.headers.get('anthropic-beta') ?? '';
  const checked = checkModelRequest(text, header, { models, outputTokensMax, isCount });
  if (isRefusal(checked)) return checked;
  const safe = redactValue(redact, checked.request);
  const body = JSON.stringify(safe);
  const { price } = checked.model;
  const inputTokensMax = inputTokensMaxOf(safe);
  const usdMax = usdMaxOf(price, inputTokensMax, safe.max_tokens ?? outputTokensMax);
  const asked = { model: checked.model.id, bytes: Buffer.byteLength(body), inputTokensMax };
  return { ...checked, body, asked, call: { price, usdMax, inputTokensMax } };
}

type Admitted = Exclude<ReturnType<typeof admit>, Refusal>;

interface Turn {
  options: GatewayOptions;
  provider: Provider;
  spending: Spending;
  memory: LastCalls;
  dropped: Set<string>;
  /** Whether the request may pass; counts it if so. */
  mayPass: () => boolean;

  over: AbortSignal;
}

/** The answer for a client that has disconnected. */
const gone = () => new Response(null, { status: 499 });

/** Calls the provider and passes on its answer; a charged answer is counted. */
async function forward(turn: Turn, request: Request, path: string, admitted: Admitted): Promise<Response> {
  const { provider, spending, memory, over } = turn;
  const { body, betas, asked, call } = admitted;
  const isFree = path.startsWith(countPath);
  const signal = AbortSignal.any([request.signal, over]);
  if (signal.aborted && !isFree) spending.free(call);
  if (signal.aborted) return gone();
  const ended = isFree ? () => {} : memory.begin(asked);
  const version = request.headers.get('anthropic-version');
  const given = await provider.ask({ path, body, betas, version, signal, asked });
  if ('answer' in given && !given.fault) {
    if (isFree) return given.answer;
    memory.heard();
    const { status, headers } = given.answer;
    return new Response(spending.count(call, given.answer, signal, ended), { status, headers });
  }
  if (!isFree) {
    ended('given-up');
    if (signal.aborted) spending.giveUp(call);
    else {
      spending.free(call);
      if (given.fault) memory.failed(given.fault);
    }
  }
  if ('answer' in given) return given.answer;
  return deny(502, given.fault.refusal, true);
}

/** Passes the request on to the provider, or answers why not. */
async function respond(turn: Turn, request: Request): Promise<Response> {
  const { options, memory, dropped, mayPass } = turn;
  const { log, budget, bounds } = options;
  const { bodyBytesMax, requestsPerMinuteMax } = bounds;
  const no = (status: number, refusal: Refusal, retry = false) => {
    log.warn({ code: refusal.refused, why: refusal.why }, 'model request refused');
    const target = `${request.method} ${new URL(request.url).pathname}`;
    if (!retry) options.refused({ action: 'model request', target, code: refusal.refused });
    return deny(status, refusal, retry);
  };

  const { pathname: path, search } = new URL(request.url);
  if (request.method !== 'POST' || ![messagesPath, countPath].includes(path) || !['', '?beta=true'].includes(search))
    return no(403, refuse('MODEL_REFUSED', `the gateway does not pass on ${request.method} ${path}.`));
  const isFree = path === countPath;
  const refuseCall = (status: number, refusal: Refusal, retry = false) => {
    if (!isFree) memory.refused(refusal);
    return no(status, refusal, retry);
  };
  if (!mayPass())
    return refuseCall(
      429,
      refuse('RATE', `the turn sent ${requestsPerMinuteMax} model requests within a minute.`),
      true,
    );
  const text = await readBody(request, bodyBytesMax);
  if (text === undefined) {
    if (!isFree) memory.failed(faultOfSize(bodyBytesMax));
    return no(413, refuse('MODEL_REFUSED', `the request is larger than ${bodyBytesMax} bytes.`));
  }
  const admitted = admit(options, request, text, isFree);
  // The reason may quote the request, which is not redacted yet.
  if (isRefusal(admitted)) return refuseCall(403, { ...admitted, why: oneLine(options.redact(admitted.why)) });
  for (const name of admitted.dropped) dropped.add(name);
  const short = isFree ? undefined : await budget.reserve(admitted.call.usdMax);
  if (short) return refuseCall(429, short, short.until !== undefined);
  return forward(turn, request, `${path}${search}`, admitted);
}

/** Opens the gateway of one turn, on its own socket. */
export async function openTurnGateway(
  options: GatewayOptions,
  { socketPath, onActivity }: TurnGatewayOptions,
): Promise<TurnGateway> {
  const { budget, bounds, redact, clock, log } = options;
  const provider = createProvider({ ...options.provider, redact, clock });
  const memory = createLastCalls(provider.names, clock, redact);
  const active = () => {
    memory.heard();
    onActivity?.();
  };
  const spending = createSpending({ budget, onActivity: active });
  const dropped = new Set<string>();
  const over = new AbortController();
  const mayPass = createRateLimit(clock, bounds.requestsPerMinuteMax);
  const turn = { options, provider, spending, memory, dropped, mayPass, over: over.signal };
  const pending = new Set<Promise<Response>>();

  async function answer(request: Request): Promise<Response> {
    onActivity?.();
    const answered = respond(turn, request);
    pending.add(answered);
    return answered.finally(() => pending.delete(answered));
  }

  // Other users cannot enter the folder; the sandbox's user reaches the socket through a mount.
  const listener = await listen(answer, { socketPath, mode: 0o666 });
  return {
    spent: spending.spent,
    refusal: memory.refusal,
    fault: memory.fault,
    silence: memory.silence,
    async close() {
      spending.close();
      await listener.close();
      // Calls that were sent are charged before the turn's cost is read.
      over.abort();
      await Promise.allSettled(pending);
      if (dropped.size > 0) log.warn({ dropped: [...dropped] }, 'removed unknown fields from the model request');
    },
  };
}
