/**
 * Hooks of Slack: events and interactions, where an app has no socket. Unlike other hooks their content is used, so that it must be
 * Slack's.
 *
 * request -> size -> the app -> signature and time -> a test of Slack's, or an event -> stored -> 200; a body that could not be
 * stored gets 500, so that Slack sends it again
 */
import { Hono } from 'hono';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { equalSecrets } from '../base/digest.ts';
import { messageOf } from '../base/errors.ts';
import { bodyOf, type Respond } from '../base/http.ts';
import type { Log } from '../base/log.ts';
import { limits } from '../limits.ts';
import { slackSignature } from './hook-keys.ts';

export interface SlackHooksOptions {
  /** The app's signing secret, if there is such an app and it takes hooks. */
  secretOf: (app: string) => string | undefined;
  /** Stores the body of an event or an interaction. */
  take: (app: string, body: unknown) => Promise<void>;
  clock: Pick<Clock, 'now'>;
  log: Log;
}

const challengeShape = z.object({ type: z.literal('url_verification'), challenge: z.string().max(1_000) });

/** JSON, or a form with JSON in `payload`. */
function read(body: Buffer, isForm: boolean): unknown {
  const text = body.toString('utf8');
  const json = isForm ? new URLSearchParams(text).get('payload') : text;
  try {
    return JSON.parse(json ?? '');
  } catch {
    return undefined;
  }
}

export function createSlackHooks({ secretOf, take, clock, log }: SlackHooksOptions): Respond {
  const hooks = new Hono();

  hooks.post('/hooks/slack/:app?', async (c) => {
    const { app = 'default' } = c.req.param();
    const body = await bodyOf(c.req.raw, limits.hookBytesMax);
    if (!body) return c.body(null, 413);
    const secret = secretOf(app);
    const isForm = (c.req.header('content-type') ?? '').startsWith('application/x-www-form-urlencoded');
    // Slack's check of our certificate has no signature and asks for nothing.
    if (secret !== undefined && isForm && new URLSearchParams(body.toString('utf8')).get('ssl_check') === '1')
      return c.body(null, 200);
    const timestamp = c.req.header('x-slack-request-timestamp') ?? '';
    const age = Math.abs(clock.now() / 1_000 - Number(timestamp));
    const isTimely = /^\d{1,12}$/.test(timestamp) && age <= limits.slackHookSecondsMax;
    const given = c.req.header('x-slack-signature') ?? '';
    if (secret === undefined || !isTimely || !equalSecrets(given, slackSignature(secret, timestamp, body)))
      return c.body(null, 401);
    const json = read(body, isForm);
    const challenge = challengeShape.safeParse(json);
    if (challenge.success) return c.text(challenge.data.challenge);
    if (json !== undefined) await take(app, json);
    return c.body(null, 200);
  });
  hooks.onError((error, c) => {
    log.error(`could not store a hook of Slack: ${messageOf(error)}`);
    return c.body(null, 500);
  });
  hooks.notFound((c) => c.body(null, 404));
  return (request) => hooks.fetch(request);
}
