/** What a PostgreSQL server says of itself, for who checks whether it fits. */
import { hintsArrive } from './hints.ts';
import { notOpened, postgresPool } from './postgres.ts';

export interface ServerFacts {
  /** Such as `18.1`. */
  readonly version: string;
  /** Whether it only follows another server, and takes no writes. */
  readonly isCopy: boolean;
  /** Whether it takes writes. */
  readonly takesWrites: boolean;
  /** How many connections it gives to this role in this database. */
  readonly connectionsMax: number;
  /** How far its clock is ahead of this machine's, in milliseconds. */
  readonly aheadMs: number;
  /** Whether hints between nodes arrive; a pooler may swallow them. */
  readonly takesHints: boolean;
}

const setting = (name: string) => `coalesce(current_setting('${name}', true)::integer, 0)`;
const kept = `${setting('superuser_reserved_connections')} - ${setting('reserved_connections')}`;

const question = `
  select current_setting('server_version') as version, pg_is_in_recovery() as copy,
    current_setting('transaction_read_only') = 'off' as writes,
    least(${setting('max_connections')} - ${kept}, nullif(rolconnlimit, -1), nullif(datconnlimit, -1)) as connections,
    extract(epoch from clock_timestamp()) * 1000 as time
  from pg_roles, pg_database where rolname = current_user and datname = current_database()`;

interface Answer {
  version: string;
  copy: boolean;
  writes: boolean;
  connections: number;
  time: number;
}

/** Asks the server; it takes seconds where hints do not arrive. Throws OutsideError where it does not answer. */
export async function readServer(url: string): Promise<ServerFacts> {
  const pool = postgresPool({ url, name: 'jvagent doctor' });
  try {
    await pool.query('select 1');
    const sent = Date.now();
    const [row] = (await pool.query<Answer>(question)).rows;
    const [now, took] = [Date.now(), Date.now() - sent];
    if (!row) throw new Error('it has no such role or database');
    const { version, copy: isCopy, writes: takesWrites, connections: connectionsMax, time } = row;
    // A copy cannot listen.
    const takesHints = !isCopy && (await hintsArrive(url, pool));
    return { version, isCopy, takesWrites, connectionsMax, aheadMs: time + took / 2 - now, takesHints };
  } catch (error) {
    throw notOpened(url, error);
  } finally {
    await pool.end();
  }
}
