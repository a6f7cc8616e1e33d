/** Debian's pgbouncer in transaction mode before a server: each transaction may get another connection, as with many managed poolers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { watchOver } from './leftovers.ts';
import { runToEnd } from './programs.ts';
import { inNewFolder, type Postgres, steadyPort } from './server.ts';

export interface Pooler {
  readonly port: number;
  url(database?: string): string;
  close(): Promise<void>;
}

const program = '/usr/sbin/pgbouncer';

/** Why there is no pooler on this machine; undefined where there is one. */
export const missingPooler = (): string | undefined =>
  existsSync(program) ? undefined : `${program} is missing: apt-get install pgbouncer`;

const startMs = 60_000;
const lookMs = 10;

/** It ignores no parameter of a connection: what it does not know it refuses, as it does out of the box. */
const configFor = (port: number, server: Postgres) => `
[databases]
* = host=127.0.0.1 port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
pidfile = pid
pool_mode = transaction
default_pool_size = 8
max_client_conn = 400
server_idle_timeout = 5
auth_type = scram-sha-256
auth_file = users
`;

/** The caller has seen that there is one on this machine. */
export function startPooler(server: Postgres): Promise<Pooler> {
  return inNewFolder(async (folder, { uid, ...programs }) => {
    const port = await steadyPort();
    const work = join(folder, 'data');
    mkdirSync(work, { mode: 0o700 });
    writeFileSync(join(work, 'config'), configFor(port, server));
    writeFileSync(join(work, 'users'), `"${server.user}" "${server.password}"\n`);
    if (uid !== undefined) await runToEnd(programs, 'chown', ['-R', `${uid}:${uid}`, work]);
    const who = uid === undefined ? {} : { uid, gid: uid };
    const started = spawn(program, ['config'], { cwd: work, env: {}, ...who, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    started.stderr.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(-2_000);
    });
    const ended = once(started, 'exit');
    const watcher = watchOver(folder, 'pid');

    const url = (database = 'postgres') => server.url(database).replace(`:${server.port}/`, `:${port}/`);
    const close = async () => {
      started.kill('SIGKILL');
      await ended;
      watcher.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    };
    const answers = async () => {
      const client = new Client({ connectionString: url() });
      client.on('error', () => {});
      return client.connect().then(
        () => client.end().then(() => true),
        () => false,
      );
    };
    for (const until = Date.now() + startMs; !(await answers()); await sleep(lookMs)) {
      if (started.exitCode === null && Date.now() < until) continue;
      await close();
      throw new Error(`pgbouncer did not start:\n${said}`);
    }
    return { port, url, close };
  });
}
