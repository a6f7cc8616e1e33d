/** The Events API: signed requests to the address that an app named, on loopback only. */
import { createHmac } from 'node:crypto';
import type { Clock } from '../../../src/base/clock.ts';
import { isLoopback } from '../../control/deliver.ts';
import type { SlackApp } from '../model.ts';
import type { Attempt, Outcome } from './attempt.ts';

export interface RequestUrl {
  /** Names the address for events and interactions; it must answer the challenge first, as on Slack. */
  set(app: SlackApp, url: string): Promise<void>;
  /** The app goes back to Socket Mode. */
  clear(app: SlackApp): void;
  has(app: SlackApp): boolean;
  attempt(app: SlackApp, attempt: Attempt): Promise<Outcome>;
}

interface Parts {
  clock: Clock;
  answerMs: () => number;
  signal: AbortSignal;
}

/** `v0=` and the keyed hash of version, time and body. */
function signed(app: SlackApp, body: string, seconds: number): Record<string, string> {
  const hash = createHmac('sha256', app.signingSecret).update(`v0:${seconds}:${body}`).digest('hex');
  return {
    'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
    'x-slack-request-timestamp': String(seconds),
    'x-slack-signature': `v0=${hash}`,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Sends requests to apps that named an address. */
export function createRequestUrl({ clock, answerMs, signal }: Parts): RequestUrl {
  const urls = new Map<string, string>();

  async function ask(app: SlackApp, url: string, body: string, headers: Record<string, string>) {
    const all = { ...headers, ...signed(app, body, Math.trunc(clock.now() / 1000)) };
    const until = AbortSignal.any([signal, AbortSignal.timeout(answerMs())]);
    const answer = await fetch(url, { method: 'POST', headers: all, body, redirect: 'manual', signal: until });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }

  return {
    async set(app, url) {
      if (!isLoopback(url)) throw new Error(`${url} is not on loopback`);
      const challenge = crypto.randomUUID();
      const body = JSON.stringify({ token: app.verificationToken, challenge, type: 'url_verification' });
      const { status, text } = await ask(app, url, body, { 'content-type': 'application/json' });
      const answer = parsed(text);
      const said = typeof answer === 'object' && answer && 'challenge' in answer ? answer.challenge : text.trim();
      if (status !== 200 || said !== challenge) {
        throw new Error(`${url} did not answer the challenge: ${status} ${text.slice(0, 200)}`);
      }
      urls.set(app.name, url);
    },
    clear: (app) => void urls.delete(app.name),
    has: (app) => urls.has(app.name),
    async attempt(app, { kind, payload, nth, reason }) {
      const isEvent = kind === 'events_api';
      const json = JSON.stringify(payload);
      const body = isEvent ? json : new URLSearchParams({ payload: json }).toString();
      const type = isEvent ? 'application/json' : 'application/x-www-form-urlencoded';
      const retry = nth > 0 ? { 'x-slack-retry-num': String(nth), 'x-slack-retry-reason': reason } : undefined;
      try {
        const answer = await ask(app, urls.get(app.name) ?? '', body, { 'content-type': type, ...retry });
        const isDone = answer.status >= 200 && answer.status < 300;
        const isLast = answer.headers.get('x-slack-no-retry') === '1';
        return { isDone, isLast, reason: isDone ? '' : 'http_error', answer: parsed(answer.text) };
      } catch (error) {
        const isSlow = error instanceof Error && error.name === 'TimeoutError';
        return { isDone: false, reason: isSlow ? 'http_timeout' : 'connection_failed' };
      }
    },
  };
}
