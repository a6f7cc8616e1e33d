/** A second server that follows the first one's writes a moment later, may fall behind, and takes over when it is told to. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { runToEnd } from './programs.ts';
import { inNewFolder, type Postgres, type PostgresOptions, serve } from './server.ts';

export interface Standby extends Postgres {
  /** Receives nothing more: what the first server commits from now on is lost to whoever goes on with this one. */
  fallBehind(): Promise<void>;
  /** Receives again. */
  follow(): Promise<void>;
  /** Still receives, but shows nothing new until it may; a takeover shows it at once. */
  pauseReplay(): Promise<void>;
  resumeReplay(): Promise<void>;
  /** Returns when it shows all that the first server has committed by now. */
  caughtUp(): Promise<void>;
  /** Takes writes itself from now on. It does not stop the first server. */
  promote(): Promise<void>;
}

const lookMs = 10;
const waitMs = 60_000;

/** Files that are the first server's alone; its log of writes comes by the connection. */
const isItsOwn = /^(postmaster\.(pid|opts)|pg_wal|pg_dynshmem|pgsql_tmp)$/;

/** A copy of a server's data folder while it goes on; `backup_label` tells the copy from which write on it must repeat. */
async function copyData(primary: Postgres, data: string): Promise<void> {
  // Both calls must be made on one connection.
  const client = new Client({ connectionString: primary.url() });
  await client.connect();
  try {
    await client.query("select pg_backup_start('standby', fast => true)");
    cpSync(primary.data, data, { recursive: true, filter: (path) => !isItsOwn.test(basename(path)) });
    const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop()');
    writeFileSync(join(data, 'backup_label'), rows[0]?.labelfile ?? '');
  } finally {
    await client.end();
  }
  for (const name of ['pg_wal', 'pg_dynshmem']) mkdirSync(join(data, name), { mode: 0o700 });
  writeFileSync(join(data, 'standby.signal'), '');
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + waitMs; !(await holds()); await sleep(lookMs)) {
    if (Date.now() > end) throw new Error(`${what} did not happen within ${waitMs / 1_000} s`);
  }
}

/** Asynchronous: the first server waits for nothing that happens here. Takes the same options as the first one got. */
export function startStandby(primary: Postgres, options: PostgresOptions = {}): Promise<Standby> {
  const { user, password, port } = primary;
  const source = `host=127.0.0.1 port=${port} user=${user} password=${password}`;
  return inNewFolder(async (folder, programs) => {
    const { uid } = programs;
    const data = join(folder, 'data');
    await copyData(primary, data);
    if (uid !== undefined) await runToEnd({ ...programs, uid: 0 }, 'chown', ['-R', `${uid}:${uid}`, data]);
    const settings = { ...options.settings, primary_conninfo: source, wal_retrieve_retry_interval: '100ms' };
    const server = await serve({ folder, programs, password, options: { ...options, settings } });
    const isOne = async (condition: string) => {
      const [row] = await server.query<{ holds: boolean }>(`select ${condition} as holds`);
      return row?.holds === true;
    };

    async function receiveFrom(address: string): Promise<void> {
      await server.query(`alter system set primary_conninfo = '${address}'`);
      await server.query('select pg_reload_conf()');
    }

    return {
      ...server,
      async fallBehind() {
        await receiveFrom('');
        await until('an end of receiving', () => isOne('not exists (select from pg_stat_wal_receiver)'));
      },
      follow: () => receiveFrom(source),
      async pauseReplay() {
        await server.query('select pg_wal_replay_pause()');
        await until('a pause of the replay', () => isOne("pg_get_wal_replay_pause_state() = 'paused'"));
      },
      async resumeReplay() {
        await server.query('select pg_wal_replay_resume()');
      },
      async caughtUp() {
        const [now] = await primary.query<{ lsn: string }>('select pg_current_wal_lsn() as lsn');
        await until('catching up', () => isOne(`pg_last_wal_replay_lsn() >= '${now?.lsn}'`));
      },
      async promote() {
        await server.query('select pg_promote(true, 60)');
        await until('a takeover', () => isOne('not pg_is_in_recovery()'));
      },
    };
  });
}
