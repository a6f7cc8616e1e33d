/** Two stores of one PostgreSQL, as two nodes have them, with one clock that the test moves. */
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { openStore, type Store } from '../../src/store/database/database.ts';
import { type Postgres, startPostgres } from './server.ts';

export interface TwoStores {
  readonly one: Store;
  readonly other: Store;
  readonly clock: Clock & { time: number };
}

/** Starts a server for the tests of a file; what it returns opens two stores of a new database there. */
export function twoStoresOfFile(): () => Promise<TwoStores> {
  let server: Postgres;
  let databases = 0;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.close());
  return async () => {
    databases += 1;
    const url = await server.createDatabase(`shared${databases}`);
    const clock = { time: Date.UTC(2026, 10, 20, 12), now: () => clock.time, sleep: async () => {} };
    const open = async () => {
      const store = await openStore({ folder: server.data, url, clock, time: 'clock' });
      onTestFinished(() => store.close());
      return store;
    };
    return { one: await open(), other: await open(), clock };
  };
}
