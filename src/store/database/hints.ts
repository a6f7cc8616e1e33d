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
import { limits } from '../../limits.ts';

const channel = 'jvagent';
const selfTestMs = 3_000;
const againMs = 5_000;
const openMs = 5_000;
const endMs = 2_000;
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
  close(): Promise<void>;
}

const swallowed =
  'hints between nodes do not arrive, as with a pooler in transaction mode: each node looks by itself instead. Nothing else changes';

const notYet =
  'hints between nodes do not arrive yet: each node looks by itself, and the connection for them is tried again';

/** Says goodbye; a server that does not answer is not waited for. */
async function ended(client: pg.Client): Promise<void> {
  await Promise.race([client.end(), sleep(endMs, undefined, { ref: false })]);
}

/** One connection that listens, made again until it is closed: when it breaks, and when it could not be made. */
function createListener({ url, onHint, onTrouble }: HintsOptions) {
  let client: pg.Client | undefined;
  let isClosed = false;
  let next: NodeJS.Timeout | undefined;
  let heard = (_: string) => {};

  function connectLater(): void {
    if (!isClosed) next = setTimeout(() => void connect().catch(() => {}), againMs).unref();
  }

  function create(): pg.Client {
    const created = new pg.Client({
      connectionString: url,
      application_name: 'jvagent hints',
      keepAlive: true,
      connectionTimeoutMillis: limits.databaseSecondsMax * 1_000,
      query_timeout: limits.databaseSecondsMax * 1_000,
    });
    created.on('notification', ({ payload = '' }) => {
      heard(payload);
      onHint();
    });
    created.on('error', (error) => {
      if (client !== created) return;
      client = undefined;
      if (!isClosed) onTrouble(`the connection for hints broke: ${error.message}; it is opened again`);
      connectLater();
    });
    return created;
  }

  async function connect(): Promise<void> {
    const created = create();
    try {
      await created.connect();
      await created.query(`listen ${channel}`);
    } catch (error) {
      void ended(created);
      connectLater();
      throw error;
    }
    client = created;
    if (isClosed) await ended(created);
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
      clearTimeout(next);
      if (client) await ended(client);
    },
  };
}

type Notify = (payload: string) => Promise<unknown>;

const notifyOver =
  (pool: pg.Pool): Notify =>
  (payload) =>
    pool.query('select pg_notify($1, $2)', [channel, payload]);

/** Whether what is sent to all nodes comes back. Throws where the server cannot be reached. */
async function arrive(listener: ReturnType<typeof createListener>, notify: Notify): Promise<boolean> {
  await listener.connect();
  const token = randomUUID();
  return listener.hears(token, () => notify(token));
}

/** Whether hints arrive at this address; it takes seconds where they do not. Throws where the server cannot be reached. */
export async function hintsArrive(url: string, pool: pg.Pool): Promise<boolean> {
  const listener = createListener({ url, onHint: () => {}, onTrouble: () => {} });
  return arrive(listener, notifyOver(pool)).finally(() => listener.close());
}

/** Listens, and finds out whether hints arrive. Never throws, and takes seconds at most: without hints the nodes poll. */
export async function openHints(options: HintsOptions, pool: pg.Pool): Promise<Hints> {
  const { onTrouble } = options;
  const listener = createListener(options);
  const notify = notifyOver(pool);
  const begin = async () => {
    try {
      if (!(await arrive(listener, notify))) onTrouble(swallowed);
    } catch (error) {
      onTrouble(`${notYet}: ${messageOf(error)}`);
    }
  };
  // A server that does not answer does not keep the node from its start.
  await Promise.race([begin(), sleep(openMs, undefined, { ref: false })]);
  let sending: NodeJS.Timeout | undefined;
  return {
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
