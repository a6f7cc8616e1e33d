/**
 * The two clients of an app for Slack's Web API: one for reads, which are tried again, and one for everything that changes Slack.
 *
 * No client waits by itself for a rate limit, sends a token to another address or writes to our output.
 */
import type { Logger, LogLevel, WebClient, WebClientOptions } from '@slack/web-api';
import { limits } from '../../limits.ts';
import type { Fetch } from '../../outbound/outbound.ts';

export interface WebClients {
  readonly read: WebClient;
  /** Tries nothing again: a post whose answer was lost may stand there. */
  readonly write: WebClient;
}

export interface WebClientsOptions {
  token: string;
  apiUrl: string;
  fetch: Fetch;
}

const ignore = () => {};

/** The packages write tokens and texts at some levels. */
export const silent: Logger = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  setLevel: ignore,
  setName: ignore,
  getLevel: () => 'error' as LogLevel,
};

/** The options of every client; `retries` says how often a call is tried again. */
export function clientOptions({ apiUrl, fetch }: Omit<WebClientsOptions, 'token'>, retries: number): WebClientOptions {
  return {
    slackApiUrl: apiUrl,
    fetch,
    timeout: limits.slackRequestSecondsMax * 1_000,
    retryConfig: { retries, minTimeout: 500, maxTimeout: 3_000 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    logger: silent,
  };
}

/** Loads Slack's package only when an app is connected. */
export async function createWebClients({ token, ...way }: WebClientsOptions): Promise<WebClients> {
  const { WebClient } = await import('@slack/web-api');
  return { read: new WebClient(token, clientOptions(way, 2)), write: new WebClient(token, clientOptions(way, 0)) };
}
