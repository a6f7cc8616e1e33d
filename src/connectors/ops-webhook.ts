/**
 * Posts the platform's own words to the webhook of the people who run it: `{"text": "..."}`, as Slack, Mattermost and others take it.
 *
 * There is no permit, since no agent acts here: the operator chose the address, and the words are the platform's.
 */
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import { askedWaitMs } from '../base/http-answer.ts';
import { limits } from '../limits.ts';
import { faultIn } from '../outbound/fault.ts';
import type { Fetch } from '../outbound/outbound.ts';

export type Posted =
  | 'taken'
  /** `mayStand`: the words went out, and nobody said that they came. `isOfWords`: it is these words that are not taken. */
  | { readonly why: string; readonly mayStand: boolean; readonly retryAfterMs?: number; readonly isOfWords?: true };

/** Bad request, too large, and not processable. */
const ofWords: readonly number[] = [400, 413, 422];

/** It is secret, so that only its host is named. */
const hostOf = (url: string) => new URL(url).host;

function refused({ status, headers }: Response, url: string, now: number): Exclude<Posted, 'taken'> {
  const system = `the ops webhook at ${hostOf(url)}`;
  const wait = askedWaitMs((name) => headers.get(name), now);
  const known = {
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    ...(ofWords.includes(status) ? { isOfWords: true as const } : {}),
  };
  if (status < 300 || status >= 400) return { why: `${system} answered ${status}`, mayStand: false, ...known };
  const to = headers.get('location') ?? '';
  const where = URL.canParse(to, url) ? new URL(to, url).host : 'nowhere';
  return { why: `${system} sends on to ${where} (${status}), which is not followed`, mayStand: false };
}

/** A connection that was never made took nothing along. */
const neverLeft = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CERT|SELF_SIGNED|the name |certificate/;

function noAnswer(error: unknown, url: string): Exclude<Posted, 'taken'> {
  const fault = faultIn(error);
  const why = messageOf(fault ?? (error instanceof Error && error.cause ? error.cause : error));
  const fix = fault?.fix ? ` ${fault.fix}` : '';
  return { why: `the ops webhook at ${hostOf(url)} gave no answer: ${why}.${fix}`, mayStand: !neverLeft.test(why) };
}

export interface Webhook {
  readonly url: string;
  readonly fetch: Fetch;
  readonly clock: Pick<Clock, 'now'>;
  readonly secondsMax?: number;
  /** Ends a post whose answer nobody can wait for any more. */
  readonly stopping?: AbortSignal;
}

/** Never throws: what goes wrong is told as why. */
export async function postToWebhook(webhook: Webhook, text: string): Promise<Posted> {
  const { url, fetch, clock, secondsMax = limits.opsWebhookSecondsMax, stopping } = webhook;
  const timeout = AbortSignal.timeout(secondsMax * 1_000);
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text }),
      redirect: 'manual',
      signal: stopping ? AbortSignal.any([timeout, stopping]) : timeout,
    });
    await answer.body?.cancel();
    return answer.ok ? 'taken' : refused(answer, url, clock.now());
  } catch (error) {
    return noAnswer(error, url);
  }
}

/** Why its host does not answer; undefined where it does, whatever it says. Nothing is posted, and its path is not told. */
export async function webhookFault(webhook: Webhook): Promise<string | undefined> {
  const { url, fetch, secondsMax = limits.opsWebhookSecondsMax } = webhook;
  try {
    const signal = AbortSignal.timeout(secondsMax * 1_000);
    const answer = await fetch(new URL(url).origin, { method: 'HEAD', redirect: 'manual', signal });
    await answer.body?.cancel();
    return undefined;
  } catch (error) {
    return noAnswer(error, url).why;
  }
}
