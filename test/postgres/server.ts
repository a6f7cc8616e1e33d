/** A real PostgreSQL on loopback, in a folder of its own: started, stopped, killed and started again as a test wants it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { killProcessesIn, pidFile, removeSharedMemory, watchOver } from './leftovers.ts';
import { type Programs, preparePrograms, runToEnd } from './programs.ts';

export interface PostgresOptions {
  /** A commit is on disk before it returns, as in production; without it a test is quicker, and only a power cut is different. */
  readonly durable?: boolean;
  /** More lines of postgresql.conf, such as `{ max_connections: '20' }`. */
  readonly settings?: PostgresSettings;
}

export type PostgresSettings = Readonly<Record<string, string>>;

export interface Postgres {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Its data folder. */
  readonly data: string;
  readonly programs: Programs;
  /** For `DATABASE_URL`. */
  url(database?: string): string;
  /** A new database, a copy of the template if there is one (nobody may be connected to that); its url. */
  createDatabase(name: string, template?: string): Promise<string>;
  /** Ends the connections to it first. */
  dropDatabase(name: string): Promise<void>;
  /** One statement on a connection of its own. */
  query<R extends object = Record<string, unknown>>(statement: string, database?: string): Promise<R[]>;
  /** `fast` ends connections and writes what it has to disk; `immediate` is a crash that the next start recovers from. */
  stop(how: 'fast' | 'immediate'): Promise<void>;
  /** Again on the same folder and port; returns when it takes connections. */
  start(): Promise<void>;
  /** Kills every process of it at once, as the loss of its machine would. */
  kill(): Promise<void>;
  /** Leaves no process, no folder and no shared memory. */
  close(): Promise<void>;
}

const user = 'jvagent';
const host = '127.0.0.1';
const startMs = 120_000;
const lookMs = 10;

/** Below the ports that the system gives to connections, so that nobody takes it while the server is down. */
export async function steadyPort(): Promise<number> {
  for (;;) {
    const port = 10_000 + (randomBytes(2).readUInt16BE() % 22_000);
    const listener = createServer().listen(port, host);
    const isFree = await once(listener, 'listening').then(
      () => true,
      () => false,
    );
    await new Promise((done) => listener.close(done));
    if (isFree) return port;
  }
}

/** Small, because many of them share a machine with what they are there for. */
function linesOf(port: number, { durable = false, settings = {} }: PostgresOptions): string {
  const all: Record<string, string> = {
    listen_addresses: host,
    port: `${port}`,
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '32MB',
    dynamic_shared_memory_type: 'mmap',
    max_wal_size: '256MB',
    wal_keep_size: '64MB',
    autovacuum_naptime: '10min',
    log_min_duration_statement: '-1',
    ...(durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
    ...settings,
  };
  return Object.entries(all).reduce((text, [name, value]) => `${text}${name} = '${value}'\n`, '\n');
}

/** A folder that its user may enter, whoever that is. */
export async function inNewFolder<T>(fill: (folder: string, programs: Programs) => Promise<T>): Promise<T> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'jv-pg-')));
  try {
    const programs = preparePrograms(folder);
    if (programs.uid !== undefined) chownSync(folder, programs.uid, programs.uid);
    return await fill(folder, programs);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Orders names as a managed PostgreSQL does, by a language's rules and not by bytes. */
const language = ['--encoding=UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=en-US'];

/** Starts a new server, in about a second. It ends when this process does, if nobody closes it. */
export function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  return inNewFolder(async (folder, programs) => {
    const password = randomBytes(18).toString('hex');
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, password);
    chmodSync(passwordFile, 0o644);
    const access = ['-U', user, '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '-c', 'scram_iterations=1'];
    const quick = ['--no-sync', '--no-instructions', '--wal-segsize=4'];
    const args = ['-D', join(folder, 'data'), ...access, ...language, ...quick];
    await runToEnd(programs, join(programs.bin, 'initdb'), args);
    rmSync(passwordFile);
    return serve({ folder, programs, password, options });
  });
}

export interface ServeOptions {
  /** Its `data` is a complete data folder. */
  readonly folder: string;
  readonly programs: Programs;
  readonly password: string;
  readonly options: PostgresOptions;
}

/** Starts a server on a data folder that is there. */
export async function serve({ folder, programs, password, options }: ServeOptions): Promise<Postgres> {
  const data = join(folder, 'data');
  const port = await steadyPort();
  const lines = linesOf(port, options);
  writeFileSync(join(data, 'postgresql.conf'), lines, { flag: 'a' });
  const watcher = watchOver(folder);
  let server: ChildProcess | undefined;

  async function start(): Promise<void> {
    const log = openSync(join(folder, 'log'), 'a');
    const { uid, env } = programs;
    const who = uid === undefined ? {} : { uid, gid: uid };
    const started = spawn(join(programs.bin, 'postgres'), ['-D', data], {
      cwd: data,
      env,
      ...who,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    server = started;
    const hasEnded = () => started.exitCode !== null || started.signalCode !== null;
    for (const until = Date.now() + startMs; !stateOf(started).startsWith('ready'); await sleep(lookMs)) {
      if (!hasEnded() && Date.now() < until) continue;
      throw new Error(`PostgreSQL did not start:\n${readFileSync(join(folder, 'log'), 'utf8').slice(-2_000)}`);
    }
  }

  const stateOf = ({ pid }: ChildProcess) => {
    const [first, , , , , , , state = ''] = pidFile(data);
    return Number(first) === pid ? state : '';
  };

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = server;
    server = undefined;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = once(ending, 'exit');
    ending.kill(signal);
    await ended;
  }

  async function kill(): Promise<void> {
    const ended = end('SIGKILL');
    while (killProcessesIn(data)) await sleep(lookMs);
    await ended;
  }

  const url = (database = 'postgres') => `postgres://${user}:${password}@${host}:${port}/${database}`;

  async function query<R extends object>(statement: string, database?: string): Promise<R[]> {
    const client = new Client({ connectionString: url(database) });
    await client.connect();
    return client
      .query<R>(statement)
      .then(({ rows }) => rows)
      .finally(() => client.end());
  }

  const opened: Postgres = {
    port,
    user,
    password,
    data,
    programs,
    url,
    query,
    start,
    kill,
    async createDatabase(name, template = 'template1') {
      await query(`create database "${name}" template "${template}"`);
      return url(name);
    },
    async dropDatabase(name) {
      await query(`drop database if exists "${name}" with (force)`);
    },
    stop: (how) => end(how === 'fast' ? 'SIGINT' : 'SIGQUIT'),
    async close() {
      await end('SIGQUIT');
      removeSharedMemory(data);
      watcher.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await start().catch(async (error) => {
    await opened.close();
    throw error;
  });
  return opened;
}
