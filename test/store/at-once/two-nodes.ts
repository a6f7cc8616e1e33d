/** Two nodes over one PostgreSQL, and a person at the server who holds rows for as long as a test wants. */
import { Client } from 'pg';
import { expect, onTestFinished } from 'vitest';
import type { Store } from '../../../src/store/database/database.ts';
import { type TurnKey, turnKeyOf } from '../../../src/store/fence.ts';
import { claimOptions, granted, openTestStore, type TestStore } from '../fixture.ts';

export const atOnce = 20;

export interface TwoNodes extends TestStore {
  readonly url: string;
  /** Twenty calls at the same time, half of them by each node; it throws what the first of them threw. */
  atOnce<T>(call: (store: Store, nth: number) => Promise<T>): Promise<T[]>;
  turnOf(agentId: string, sessionId: string): Promise<TurnKey>;
  /** Rows of a statement. */
  read<R extends object>(statement: string): Promise<R[]>;
}

export async function twoNodes(): Promise<TwoNodes> {
  const opened = await openTestStore();
  const { url, store } = opened;
  if (url === undefined) throw new Error('these tests need PostgreSQL');
  const { store: other } = await openTestStore({ url });
  return {
    ...opened,
    url,
    atOnce: (call) => Promise.all(Array.from({ length: atOnce }, (_, nth) => call(nth % 2 === 0 ? store : other, nth))),
    async turnOf(agentId, sessionId) {
      await store.sessions.ensure({ agentId, sessionId });
      return turnKeyOf(granted(await store.sessions.claim({ ...claimOptions, agentId, sessionId })));
    },
    read: (statement) => ask(url, statement),
  };
}

async function ask<R extends object>(url: string, statement: string): Promise<R[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client
    .query<R>(statement)
    .then(({ rows }) => rows)
    .finally(() => client.end());
}

interface Holding {
  query(statement: string): Promise<unknown>;
  /** Commits it. */
  end(): Promise<void>;
  /** As if it had never been. */
  undo(): Promise<void>;
}

/** A transaction of somebody else that has done this, and has not ended. */
export async function holding(url: string, statement: string): Promise<Holding> {
  const client = new Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());
  await client.query('begin');
  await client.query(statement);
  const query = (text: string) => client.query(text);
  return { query, end: async () => void (await query('commit')), undo: async () => void (await query('rollback')) };
}

/** Resolves when so many connections to the database wait for rows that others hold. */
export const someWait = (url: string, count = 1): Promise<void> =>
  expect
    .poll(async () => {
      const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      return (await ask(url, waiting)).length;
    })
    .toBeGreaterThanOrEqual(count);
