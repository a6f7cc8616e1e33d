/** A database, nodes of three names that claim in it, each behind a door of its own, and sessions that are woken. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CarrierName, openCarrier } from '../../bench/claims/carriers.ts';
import { systemClock } from '../../src/base/clock.ts';
import { limits } from '../../src/limits.ts';
import { type Door, openDoor } from '../postgres/door.ts';
import { type Postgres, startPostgres } from '../postgres/server.ts';
import { type Entry, keepHistory, readHistory } from './history.ts';

export interface WorldOptions {
  readonly carrier: CarrierName;
  readonly shorterBy: number;
  readonly sessions: number;
  readonly steps: number;
  readonly stepMs: number;
  readonly atOnceMax: number;
}

export interface RunningNode {
  readonly name: string;
  signal(signal: NodeJS.Signals): void;
  /** Resolves when its process has ended. */
  ended(): Promise<void>;
}

export interface World {
  readonly leaseMs: number;
  readonly server: Postgres;
  /** Where the nodes' connections lead, by the nodes' names. */
  readonly doors: ReadonlyMap<string, Door>;
  start(name: string, aheadMs?: number): Promise<RunningNode>;
  /** Wakes sessions by their numbers, as a node does whose clock is ahead by so much. */
  wake(numbers: readonly number[], aheadMs?: number): Promise<void>;
  /** The names of the nodes that have written. */
  holders(): Promise<string[]>;
  /** How many entries of this kind the history has. */
  count(kind: Entry['kind']): Promise<number>;
  /** From now on everything happens on this server. */
  moveTo(server: Postgres): void;
  /** Resolves when nothing is due and nobody works; false if that does not come. */
  quiet(withinMs: number): Promise<boolean>;
  history(): Promise<Entry[]>;
  /** What the nodes said that ended by themselves. */
  readonly died: readonly string[];
  /** What all nodes said, the last of each. */
  said(): string;
  close(): Promise<void>;
}

export const nodeNames = ['one', 'two', 'three'] as const;

const program = new URL('../../bench/claims/node.ts', import.meta.url).pathname;
const database = 'claims';
const lookMs = 50;
const pollMs = 100;
const waitMs = 30_000;
const untilMs = 240_000;

const keyOf = (number: number) => ({ agentId: 'claims', sessionId: `s-${number}` });

const atWork = {
  ours: 'select count(*) as n from sessions where wake_at is not null or lease_until is not null',
  'pg-boss': "select count(*) as n from pgboss.job where state < 'completed'",
};

/** What nodes are told; `PATH` and all else of ours stays here. */
const environment = { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '' };

async function startNode(options: {
  readonly name: string;
  readonly [figure: string]: unknown;
}): Promise<{ child: ChildProcess; node: RunningNode; said: () => string }> {
  const child = spawn(process.execPath, [program, JSON.stringify(options)], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-4_000);
  });
  const ended = once(child, 'exit');
  const started = await Promise.race([once(child.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!started) throw new Error(`node ${options.name} ended: ${said}`);
  const node = {
    name: options.name,
    signal: (signal: NodeJS.Signals) => void child.kill(signal),
    ended: async () => void (await ended),
  };
  return { child, node, said: () => said };
}

export async function openWorld(options: WorldOptions): Promise<World> {
  const { carrier, shorterBy, sessions, steps, stepMs, atOnceMax } = options;
  const leaseMs = (limits.leaseSeconds * 1_000) / shorterBy;
  let server = await startPostgres();
  const servers = new Set([server]);
  const children = new Set<ChildProcess>();
  const doors = new Map<string, Door>();
  const died: string[] = [];
  const voices: (() => string)[] = [];

  const asking = (aheadMs: number) =>
    openCarrier(carrier, {
      url: server.url(database),
      clock: { ...systemClock, now: () => Date.now() + aheadMs },
      leaseMs,
      queryMs: waitMs,
    });

  const numbered = async (statement: string) => {
    const [row] = await server.query<{ n: string }>(statement, database);
    return Number(row?.n);
  };

  await server.createDatabase(database);
  const first = await asking(0);
  await first.add(Array.from({ length: sessions }, (_, number) => keyOf(number)));
  await first.close();
  await keepHistory(server, database, carrier);
  for (const name of nodeNames) doors.set(name, await openDoor(server));

  return {
    leaseMs,
    doors,
    died,
    said: () => voices.map((said) => said()).join(''),
    get server() {
      return server;
    },
    async start(name, aheadMs = 0) {
      const url = (doors.get(name) ?? server).url(database);
      const figures = { carrier, shorterBy, pollMs, steps, stepMs, atOnceMax };
      const { child, node, said } = await startNode({ ...figures, url, name, aheadMs });
      child.once('exit', (code) => {
        if (code) died.push(`node ${name} ended: ${said()}`);
      });
      children.add(child);
      voices.push(said);
      return node;
    },
    async wake(numbers, aheadMs = 0) {
      const { claims, close } = await asking(aheadMs);
      try {
        const woken = numbers.map((number) => `('wake', '${keyOf(number).sessionId}')`);
        await server.query(`insert into claims_history (kind, session) values ${woken.join()}`, database);
        for (const number of numbers) await claims.wake(keyOf(number));
      } finally {
        await close();
      }
    },
    async holders() {
      const names =
        "select distinct split_part(holder, ' ', 1) as name from claims_history where kind = 'write' order by 1";
      return (await server.query<{ name: string }>(names, database)).map(({ name }) => name);
    },
    count: (kind) => numbered(`select count(*) as n from claims_history where kind = '${kind}'`),
    moveTo(other) {
      server = other;
      servers.add(other);
      for (const door of doors.values()) door.leadTo(other);
    },
    async quiet(withinMs) {
      for (const until = Date.now() + withinMs; Date.now() < until; await sleep(lookMs)) {
        if ((await numbered(atWork[carrier])) === 0) return true;
      }
      return false;
    },
    history: () => readHistory(server, database),
    async close() {
      const ended = [...children].map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const exit = once(child, 'exit');
        child.kill('SIGKILL');
        await exit;
      });
      await Promise.all(ended);
      for (const door of doors.values()) await door.close();
      for (const each of servers) await each.close();
    },
  };
}

/** Resolves when the history has so many entries of the kind; throws if that does not come. */
export async function until(world: World, kind: Entry['kind'], count: number): Promise<void> {
  for (const end = Date.now() + untilMs; (await world.count(kind)) < count; await sleep(lookMs)) {
    if (Date.now() > end) throw new Error(`there are no ${count} entries of the kind ${kind}:\n${world.said()}`);
  }
}
