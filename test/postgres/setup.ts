/** One server of PostgreSQL for all projects of vitest that want one, with a database of the current schema to copy. */
import type { TestProject } from 'vitest/node';
import { systemClock } from '../../src/base/clock.ts';
import { openStore } from '../../src/store/database/database.ts';
import { keepFirstRows, type ProvidedPostgres } from './database.ts';
import { missingPooler, startPooler } from './pgbouncer.ts';
import { startPostgres } from './server.ts';
import { sqliteOnly } from './sqlite-only.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgres?: ProvidedPostgres;
    /** Why tests of this project cannot be tried here. */
    untried?: string;
  }
}

const template = 'migrated';
const closing: (() => Promise<void>)[] = [];

async function startServer() {
  const server = await startPostgres();
  closing.push(() => server.close());
  const store = await openStore({
    folder: server.data,
    url: await server.createDatabase(template),
    clock: systemClock,
  });
  await store.close();
  await server.query(keepFirstRows, template);
  return server;
}

let started: ReturnType<typeof startServer> | undefined;

export async function setup(project: TestProject): Promise<void> {
  const isPooled = project.name === 'pooled';
  const missing = isPooled ? missingPooler() : undefined;
  if (missing) {
    console.error(`pooled: not tried: ${missing}`);
    return project.provide('untried', missing);
  }
  started ??= startServer();
  const server = await started;
  const known = { url: server.url(), template };
  if (project.name === 'postgres') {
    for (const [file, why] of Object.entries(sqliteOnly)) console.error(`postgres: ${file} stays on SQLite: ${why}`);
  }
  if (!isPooled) return project.provide('postgres', known);
  const pooler = await startPooler(server);
  closing.push(() => pooler.close());
  project.provide('postgres', { ...known, pooledUrl: pooler.url() });
}

/** After the last project. */
export async function teardown(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}
