/**
 * Calls the model's provider over HTTP with the real key.
 *
 * request -> our headers -> provider -> a good answer is streamed; an error answer is read, judged and passed on
 */

import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { known } from '../../base/known.ts';
import type { Redact } from '../../base/redact.ts';
import { startOf } from '../../documents/cut.ts';
import { faultIn } from '../../outbound/fault.ts';
import type { Fetch } from '../../outbound/outbound.ts';
import type { TurnFault } from '../engine.ts';
import {
  type Asked,
  type BadAnswer,
  faultOfAnswer,
  faultOfNoAnswer,
  type ProviderFault,
  type ProviderNames,
} from './provider-fault.ts';

export interface ProviderOptions {
  /** Such as `https://api.anthropic.com`. */
  baseUrl: string;
  /** `sk-ant-oat...` and `Bearer ...` are sent as `authorization`, others as `x-api-key`. */
  key: string;
  /** Where the key is set, for error texts. */
  keyName: string;
  /** Removes known secrets from the provider's messages. */
  redact: Redact;
  clock: Pick<Clock, 'now'>;
  fetch: Fetch;
}

interface ProviderCall {
  /** Including the query. */
  path: string;
  body: string;
  betas: string;
  /** The API version that the client asks for; null uses the default. */
  version: string | null;
  signal: AbortSignal;
  asked: Asked;
}

/** The address of the provider where ANTHROPIC_BASE_URL is not set. */
export const modelUrlDefault = 'https://api.anthropic.com';

/** `fault` is set for an error answer and for a missing one. */
type ProviderAnswer = { answer: Response; fault?: TurnFault } | { fault: ProviderFault };

export interface Provider {
  names: ProviderNames;
  ask(call: ProviderCall): Promise<ProviderAnswer>;
}

/** The provider's headers that a client uses. */
const passed = ['content-type', 'retry-after', 'x-should-retry', 'request-id'];
/** The longest wait within a turn. */
const retryWaitSecondsMax = 60;
/** The longest wait between two tries, even if the provider asks for more. */
const untilMsMax = 3_600_000;
const wordsBytesMax = 64 << 10;
/** The provider accepts subscription keys only with this beta (seen in Claude Code's own requests). */
const oauthBeta = 'oauth-2025-04-20';

const isOAuth = (key: string) => key.replace(/^Bearer /, '').startsWith('sk-ant-oat');

function authorization(key: string): Record<string, string> {
  if (key.startsWith('Bearer ')) return { authorization: key };
  return isOAuth(key) ? { authorization: `Bearer ${key}` } : { 'x-api-key': key };
}

/**
 * Returns milliseconds since 1970. The header contains seconds or a date (RFC 9110, 10.2.3); a wait that is too long is shortened.
 */
function untilOf(header: string | null, now: number): number | undefined {
  if (!header) return undefined;
  const seconds = Number(header);
  const at = Number.isFinite(seconds) ? now + seconds * 1_000 : Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.min(at, now + untilMsMax);
}

function badAnswerOf(answer: Response, text: string, now: number): BadAnswer {
  const body = parseJson(text);
  const error = body?.error ?? {};
  return {
    status: answer.status,
    type: typeof error.type === 'string' ? error.type : '',
    // A body that is not JSON is an error page of a proxy in between.
    message: typeof error.message === 'string' ? error.message : text.replace(/<[^>]*>/g, ' ') || answer.statusText,
    until: untilOf(answer.headers.get('retry-after'), now),
  };
}

/** Whether the client may retry by itself, because that can help within its turn. */
function mayRetry(fault: TurnFault, { until }: BadAnswer, now: number): boolean {
  if (fault.kind !== 'provider') return false;
  if (!['OUTSIDE_LIMITED', 'OUTSIDE_UNREACHABLE'].includes(fault.refusal.refused)) return false;
  return until === undefined || until - now <= retryWaitSecondsMax * 1_000;
}

/** The network's error for a missing answer. */
const networkWords = (error: unknown) => messageOf(error instanceof Error ? (error.cause ?? error) : error);

async function readWords(answer: Response): Promise<string> {
  const text = await answer.text().catch(() => '');
  return startOf(text, wordsBytesMax);
}

const headersOf = (answer: Response) =>
  new Headers([...answer.headers].filter(([name]) => passed.includes(name.toLowerCase())));

export function createProvider({ baseUrl, key, keyName, redact, clock, fetch }: ProviderOptions): Provider {
  const names: ProviderNames = { host: new URL(baseUrl).host, keyName };
  const base = baseUrl.replace(/\/$/, '');

  async function refused(answer: Response, asked: Asked): Promise<ProviderAnswer> {
    const text = redact(await readWords(answer));
    const bad = badAnswerOf(answer, text, clock.now());
    const fault = faultOfAnswer(bad, asked, names);
    const headers = headersOf(answer);
    if (!mayRetry(fault, bad, clock.now())) headers.set('x-should-retry', 'false');
    return { answer: new Response(text, { status: answer.status, headers }), fault };
  }

  return {
    names,
    async ask({ path, body, betas, version, signal, asked }) {
      const beta = [betas, ...(isOAuth(key) ? [oauthBeta] : [])].filter(Boolean).join(',');
      const headers = {
        ...authorization(key),
        'content-type': 'application/json',
        'anthropic-version': version ?? '2023-06-01',
        ...known({ 'anthropic-beta': beta || undefined }),
      };
      try {
        const answer = await fetch(`${base}${path}`, { method: 'POST', headers, body, redirect: 'error', signal });
        if (!answer.ok) return await refused(answer, asked);
        return { answer: new Response(answer.body, { status: answer.status, headers: headersOf(answer) }) };
      } catch (error) {
        return { fault: faultOfNoAnswer(networkWords(error), names, faultIn(error)?.fix) };
      }
    },
  };
}

function parseJson(text: string): { error?: { type?: unknown; message?: unknown } } | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
