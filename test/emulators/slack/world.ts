/** The emulated Slack alone on loopback, with the official client for each app. */
import { type Logger, LogLevel, WebClient } from '@slack/web-api';
import { onTestFinished } from 'vitest';
import { createFaults } from '../../../emulators/control/faults.ts';
import { openSlack } from '../../../emulators/slack/open-slack.ts';
import { createSlackPerson } from '../../../emulators/slack/person.ts';
import { createSlack, type SlackOptions } from '../../../emulators/slack/slack.ts';

/** Clients of Slack log what they are refused; a test expects it. */
export const silent: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
};

export async function startSlack(options: SlackOptions = {}) {
  const slack = createSlack(options);
  const faults = createFaults();
  const listener = await openSlack(slack, faults);
  onTestFinished(async () => {
    slack.close();
    await listener.close();
  });
  const apiUrl = `${listener.url}/api/`;
  const quiet = { logger: silent, slackApiUrl: apiUrl };
  return {
    slack,
    faults,
    url: listener.url,
    apiUrl,
    /** The official client with a bot's token. */
    bot: (app = 'default') =>
      new WebClient(slack.app(app).botToken, { ...quiet, retryConfig: { retries: 0 }, rejectRateLimitedCalls: true }),
    person: (user: string) => createSlackPerson({ slack }, { user }),
  };
}

/** What Slack answered in place of a result. */
export async function errorOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const data = error instanceof Error && 'data' in error ? error.data : undefined;
  return typeof data === 'object' && data !== null && 'error' in data ? String(data.error) : String(error);
}
