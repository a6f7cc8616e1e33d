/**
 * Measures how many messages a second become durable and reach the start of a turn, each stored in a transaction of its own: on
 * PostgreSQL beside pg-boss's keyed queue on the same server, and on SQLite beside the disk's own rate of synced writes.
 *
 * ours: publish -> route -> due -> claim -> release; pg-boss: send -> fetch -> complete. Both end a turn at once, so that the key's
 * next message can be taken.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PgBoss } from 'pg-boss';
import type { AgentId } from '../src/agents/agent-id.ts';
import { systemClock } from '../src/base/clock.ts';
import { createBroker } from '../src/broker/broker.ts';
import { isRefusal } from '../src/refusal.ts';
import { openStore } from '../src/store/database/database.ts';
import { turnKeyOf } from '../src/store/fence.ts';
import { type Measured, median, type Row, timed } from './measure.ts';

const rounds = 3;
const messages = 400;
/** Connections of either side, and how many publish, and take, at once. */
const atOnce = 10;
const emptyMs = 5;

/** One side of the comparison. */
interface Side {
  /** Returns when the message for that session is durable. */
  publish(session: number, text: string): Promise<void>;
  /** Begins the turns that it finds; returns how many messages they began with. */
  take(): Promise<number>;
  close(): Promise<void>;
}

/** How messages come: for how many sessions, and whether all are there before the first is taken. */
interface Load {
  readonly sessions: number;
  readonly isBurst: boolean;
}

/** Messages a second, all published and all begun. */
async function rateOf({ publish, take }: Side, { sessions, isBurst }: Load, takers: number): Promise<number> {
  let [next, begun] = [0, 0];
  const publishing = async () => {
    for (let nth = next++; nth < messages; nth = next++) await publish(nth % sessions, `message ${nth}`);
  };
  const taking = async () => {
    while (begun < messages) {
      const count = await take();
      begun += count;
      if (count === 0) await sleep(emptyMs);
    }
  };
  const all = (count: number, work: () => Promise<void>) => Array.from({ length: count }, work);
  const ms = await timed(async () => {
    const published = Promise.all(all(atOnce, publishing));
    if (isBurst) await published;
    await Promise.all([published, ...all(takers, taking)]);
  });
  return messages / (ms / 1_000);
}

async function openOurs(folder: string, url?: string): Promise<Side> {
  const store = await openStore({ folder, clock: systemClock, ...(url ? { url } : {}) });
  const agentId = `bench-${randomUUID()}` as AgentId;
  const route = { agentId, enabled: true, sessionMapper: 'work-item' as const, patterns: [], canMessage: [] };
  const broker = createBroker({ store: store.messages, clock: systemClock, newId: randomUUID, routes: () => [route] });
  return {
    async publish(session, text) {
      const draft = { to: `agent/${agentId}`, command: 'work.process', payload: { workItemId: session + 1, text } };
      const published = await broker.publish(draft, { kind: 'person', name: 'bench' });
      if (published === undefined || isRefusal(published)) throw new Error('a message was refused');
    },
    // As a node does it: what has come is routed together, then what is due is claimed.
    async take() {
      await broker.route();
      const due = await store.sessions.due({ max: 100 });
      let begun = 0;
      const claiming = async () => {
        for (let session = due.shift(); session; session = due.shift()) {
          const claim = await store.sessions.claim({ ...session, owner: 'bench', leaseMs: 90_000, batchMax: 100 });
          if (!claim) continue;
          begun += claim.batch.length;
          await store.sessions.release({ ...turnKeyOf(claim), end: 'rested' });
        }
      };
      await Promise.all(Array.from({ length: atOnce }, claiming));
      return begun;
    },
    close: () => store.close(),
  };
}

async function openPgBoss(boss: PgBoss): Promise<Side> {
  const queue = `bench-${randomUUID()}`;
  await boss.createQueue(queue, { policy: 'key_strict_fifo' });
  return {
    async publish(session, text) {
      await boss.send(queue, { text }, { singletonKey: `wi-${session + 1}` });
    },
    async take() {
      const [got] = await boss.fetch(queue);
      if (got) await boss.complete(queue, { id: got.id, retryCount: got.retryCount });
      return got ? 1 : 0;
    },
    close: async () => {},
  };
}

/** Writes of about what a message is, each synced to the disk, a second. */
function syncRate(folder: string): number {
  const file = openSync(join(folder, 'synced'), 'w');
  const page = Buffer.alloc(4_096, 1);
  const start = performance.now();
  for (let nth = 0; nth < messages / 2; nth += 1) {
    writeSync(file, page);
    fsyncSync(file);
  }
  closeSync(file);
  return messages / 2 / ((performance.now() - start) / 1_000);
}

/** A server of a clone's tests, with everything on disk before a commit returns. */
interface Server {
  createDatabase(name: string): Promise<string>;
  close(): Promise<void>;
}

async function startServer(): Promise<Server> {
  const source = new URL('../test/postgres/server.ts', import.meta.url);
  if (!existsSync(source))
    throw new Error('`bench intake` needs a clone of the repository: a package has no PostgreSQL.');
  const { startPostgres } = (await import(source.href)) as { startPostgres(how: { durable: true }): Promise<Server> };
  return startPostgres({ durable: true });
}

/** Runs a side from its opening to its end. */
async function once(side: Side, load: Load, takers: number): Promise<number> {
  try {
    return await rateOf(side, load, takers);
  } finally {
    await side.close();
  }
}

interface Rates {
  readonly ours: number[];
  readonly theirs: number[];
}

async function onPostgres(folder: string, load: Load): Promise<Rates> {
  const server = await startServer();
  const { PgBoss: Boss } = await import('pg-boss');
  const boss = new Boss({ connectionString: await server.createDatabase('boss'), max: atOnce, schedule: false });
  boss.on('error', () => {});
  try {
    await boss.start();
    const url = await server.createDatabase('ours');
    const rates: Rates = { ours: [], theirs: [] };
    for (let round = 0; round < rounds; round += 1) {
      rates.ours.push(await once(await openOurs(folder, url), load, 1));
      rates.theirs.push(await once(await openPgBoss(boss), load, atOnce));
    }
    return rates;
  } finally {
    await boss.stop({ graceful: false });
    await server.close();
  }
}

async function onSqlite(folder: string, load: Load): Promise<Rates> {
  const rates: Rates = { ours: [], theirs: [] };
  for (let round = 0; round < rounds; round += 1) {
    const state = mkdtempSync(join(folder, 's-'));
    rates.theirs.push(syncRate(state));
    rates.ours.push(await once(await openOurs(state), load, 1));
  }
  return rates;
}

/** Ten messages for each session or one, as they come or all at once; by what the names of their medians end with. */
const loads: Readonly<Record<string, Load & { readonly what: string }>> = {
  '': { what: 'ten a session', sessions: messages / 10, isBurst: false },
  Apart: { what: 'one a session', sessions: messages, isBurst: false },
  Burst: { what: 'ten a session, all at once', sessions: messages / 10, isBurst: true },
};

/** Throws where this jvagent came without its tests. */
export async function benchIntake(): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'jvagent-intake-'));
  const medians: Record<string, number> = {};
  const rows: Row[] = [];
  const add = (name: string, what: string, beside: string, { ours, theirs }: Rates) => {
    medians[name] = median(ours) / median(theirs);
    rows.push({ what, values: ours, beside: { what: beside, values: theirs } });
  };
  try {
    for (const [name, load] of Object.entries(loads)) {
      const onServer = `PostgreSQL, ${load.what}: messages/s`;
      add(`postgresOfPgBoss${name}`, onServer, 'pg-boss', await onPostgres(folder, load));
      const onFile = `SQLite, ${load.what}: messages/s`;
      add(`sqliteSingleOfFsync${name}`, onFile, 'synced writes', await onSqlite(folder, load));
    }
    return { medians, rows };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
