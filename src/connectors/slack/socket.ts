/**
 * One connection of Socket Mode: it greets within a time, hands on each envelope, and ends once.
 *
 * The package's own reconnecting is off: it pauses for seconds after a routine refresh, and ends the process when a token is refused.
 */
import type { Clock } from '../../base/clock.ts';
import { OutsideError } from '../../base/errors.ts';
import { limits } from '../../limits.ts';
import type { Outbound } from '../../outbound/outbound.ts';
import type { SlackApp } from './apps.ts';
import { slackError } from './slack-error.ts';
import { clientOptions, silent } from './web-clients.ts';

export interface Connection {
  /** Resolves when it is over, for whatever reason. */
  readonly ended: Promise<void>;
  close(): void;
}

export interface ConnectOptions {
  app: Pick<SlackApp, 'name' | 'apiUrl'> & { appToken: string };
  outbound: Pick<Outbound, 'fetch' | 'dispatcherFor'>;
  /** Takes the body of an event or an interaction. Slack is told that it came once this resolves, and sends it again if it rejects. */
  take: (body: unknown) => Promise<void>;
  clock: Pick<Clock, 'sleep'>;
}

interface Envelope {
  body?: unknown;
  ack: () => Promise<void>;
}

async function createClient({ app, outbound }: ConnectOptions) {
  const { SocketModeClient } = await import('@slack/socket-mode');
  /** A frame that the package cannot read would be an unhandled rejection. */
  class Client extends SocketModeClient {
    protected override async onWebSocketMessage(data: string | ArrayBuffer, isBinary: boolean): Promise<void> {
      await super.onWebSocketMessage(data, isBinary).catch(() => {});
    }
  }
  const { appToken, apiUrl } = app;
  const { logger, ...rest } = clientOptions({ apiUrl, fetch: outbound.fetch }, 0);
  // The socket is at a host of its own, which goes the same way out.
  const dispatcher = await outbound.dispatcherFor(new URL(apiUrl));
  return new Client({
    appToken,
    autoReconnectEnabled: false,
    logger: logger ?? silent,
    clientOptions: rest,
    ...(dispatcher ? { dispatcher } : {}),
  });
}

/** Resolves once Slack has greeted; rejects with an OutsideError. */
export async function connectSocket(options: ConnectOptions): Promise<Connection> {
  const { app, take, clock } = options;
  const client = await createClient(options);
  client.on('slack_event', ({ body, ack }: Envelope) => {
    // What could not be stored or told of comes again.
    take(body)
      .then(ack)
      .catch(() => {});
  });
  const close = () => void client.disconnect().catch(() => {});
  const tooLate = new AbortController();
  const silence = clock.sleep(limits.slackHelloSecondsMax * 1_000, tooLate.signal).then(() => {
    if (tooLate.signal.aborted) return;
    const request = 'apps.connections.open';
    const system = `Slack (${app.name})`;
    throw new OutsideError(`${system}: ${request} was not followed by a greeting`, {
      system,
      request,
      kind: 'unreachable',
    });
  });
  const ended = new Promise<void>((resolve) => client.once('disconnected', () => resolve()));
  try {
    await Promise.race([client.start(), silence]);
  } catch (error) {
    close();
    throw slackError(error ?? new Error('the connection ended at once'), {
      app: app.name,
      request: 'apps.connections.open',
    });
  } finally {
    tooLate.abort();
  }
  return { ended, close };
}
