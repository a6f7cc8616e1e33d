/**
 * Hints between nodes over PostgreSQL's LISTEN and NOTIFY: something may be due. A hint that is lost costs nothing but the pause
 * until the next poll.
 *
 * A hint is sent outside every transaction, and seldom: commits that notify wait for each other.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { messageOf } from '../../base/errors.ts';

const channel = 'jvagent';
const selfTestMs = 3_000;
const againMs = 5_000;
const apartMs = 100;

export interface HintsOptions {
  readonly url: string;
  readonly onHint: () => void;
  /** Told once why hints do not arrive, and when the connection breaks. */
  readonly onTrouble: (why: string) => void;
}

export interface Hints {
  /** Lets the other nodes look at once. */
  send(): void;
  /** Whether a hint of our own came back at the start. A pooler in transaction mode swallows them. */
  readonly arrive: boolean;
  close(): Promise<void>;
}

const swallowed =
  'hints between nodes do not arrive, as with a pooler in transaction mode: each node looks by itself instead. Nothing else changes';

/** One connection that listens, made again when it breaks. */
function createListener({ url, onHint, onTrouble }: HintsOptions) {
  let client: pg.Client | undefined;
  let isClosed = false;
  let heard = (_: string) => {};

  async function connect(): Promise<void> {
    const next = new pg.Client({ connectionString: url, application_name: 'jvagent hints', keepAlive: true });
    next.on('notification', ({ payload = '' }) => {
      heard(payload);
      onHint();
    });
    next.on('error', (error) => {
      if (client !== next) return;
      client = undefined;
      if (!isClosed) onTrouble(`the connection for hints broke: ${error.message}; it is opened again`);
      setTimeout(() => void connect().catch(() => {}), againMs).unref();
    });
    await next.connect();
    await next.query(`listen ${channel}`);
    client = next;
    if (isClosed) await next.end();
  }

  return {
    connect,
    /** Whether what is sent comes back. */
    async hears(token: string, send: () => Promise<unknown>): Promise<boolean> {
      const came = new Promise<boolean>((resolve) => {
        heard = (payload) => payload === token && resolve(true);
      });
      await send();
      const isHeard = await Promise.race([came, sleep(selfTestMs, false, { ref: false })]);
      heard = () => {};
      return isHeard;
    },
    async close() {
      isClosed = true;
      await client?.end();
    },
  };
}

/** Listens, and finds out whether hints arrive. Never throws: without hints the nodes poll. */
export async function openHints(options: HintsOptions, pool: pg.Pool): Promise<Hints> {
  const { onTrouble } = options;
  const listener = createListener(options);
  const notify = (payload: string) => pool.query('select pg_notify($1, $2)', [channel, payload]);
  let arrive = false;
  try {
    await listener.connect();
    const token = randomUUID();
    arrive = await listener.hears(token, () => notify(token));
    if (!arrive) onTrouble(swallowed);
  } catch (error) {
    onTrouble(`${swallowed}: ${messageOf(error)}`);
  }
  let sending: NodeJS.Timeout | undefined;
  return {
    arrive,
    send() {
      sending ??= setTimeout(() => {
        sending = undefined;
        notify('').catch((error: unknown) => onTrouble(`a hint was not sent: ${messageOf(error)}`));
      }, apartMs);
    },
    async close() {
      clearTimeout(sending);
      await listener.close();
    },
  };
}
