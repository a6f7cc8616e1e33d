/** The port of claims, carried by SQLite, by PostgreSQL, through a pooler, and by pg-boss. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestClock } from 'pg-boss';
import { beforeAll, describe, onTestFinished } from 'vitest';
import { createPgBossClaims } from '../../bench/pg-boss-claims.ts';
import { systemClock } from '../../src/base/clock.ts';
import { type DatabaseOptions, openDatabase } from '../../src/store/database/open.ts';
import { mustHold } from '../../src/store/fence.ts';
import { createSessions } from '../../src/store/sessions.ts';
import { missingPooler, type Pooler, startPooler } from '../postgres/pgbouncer.ts';
import { type Postgres, startPostgres } from '../postgres/server.ts';
import { type ClaimsWorld, testClaims } from './claims.ts';

const noon = Date.UTC(2026, 10, 20, 12);

async function ours(place: Pick<DatabaseOptions, 'folder' | 'url'>): Promise<ClaimsWorld> {
  let at = noon;
  const clock = { now: () => at };
  const { db, words, time } = await openDatabase({ ...place, clock, time: 'clock' });
  onTestFinished(() => db.destroy());
  const sessions = createSessions(db, words, time);
  return {
    claims: { ...sessions, claim: (options) => sessions.claim({ ...options, batchMax: 10 }) },
    now: clock.now,
    async pass(ms) {
      at += ms;
    },
    async add(all) {
      for (const session of all) await sessions.ensure(session);
    },
    write: (turn) => db.transaction().execute((trx) => mustHold(trx, turn, at)),
  };
}

describe('on SQLite', () => {
  testClaims(() => {
    const folder = mkdtempSync(join(tmpdir(), 'claims-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    return ours({ folder });
  });
});

const missing = missingPooler();
if (missing) process.stderr.write(`the port of claims is not tried through a pooler: ${missing}\n`);

describe('on a server', () => {
  let server: Postgres;
  let pooler: Pooler | undefined;
  const migrated = 'migrated';
  beforeAll(async () => {
    server = await startPostgres();
    if (!missing) pooler = await startPooler(server);
    const { db } = await openDatabase({ folder: '', url: await server.createDatabase(migrated), clock: systemClock });
    await db.destroy();
    return async () => {
      await pooler?.close();
      await server.close();
    };
  });

  async function newDatabase(template?: string): Promise<string> {
    const name = `claims-${randomUUID()}`;
    await server.createDatabase(name, template);
    return name;
  }

  describe('of PostgreSQL', () => {
    testClaims(async () => ours({ folder: '', url: server.url(await newDatabase(migrated)) }));
  });

  describe.skipIf(missing)('through a pooler', () => {
    testClaims(async () => ours({ folder: '', url: pooler?.url(await newDatabase(migrated)) }));
  });

  describe('by pg-boss', () => {
    testClaims(async () => {
      const url = server.url(await newDatabase());
      const clock = new TestClock(noon);
      const { claims, isHeld, close } = await createPgBossClaims({ url, leaseMs: 10_000, clock });
      onTestFinished(close);
      return {
        claims,
        now: () => clock.now(),
        pass: (ms) => clock.tick(ms),
        add: async () => {},
        async write(turn) {
          if (!(await isHeld(turn))) throw new Error('the claim is over');
        },
      };
    });
  });
});
