/** A database of its own on the server of the vitest project. */
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import type { ProvidedPostgres } from './setup.ts';

export interface OwnDatabase {
  /** By the pooler, where the project has one. */
  readonly url: string;
  /** Ends the connections to it too. */
  drop(): Promise<void>;
}

/** One statement on a connection of its own. */
export async function ask(connectionString: string, statement: string) {
  const client = new Client({ connectionString });
  await client.connect();
  return client.query(statement).finally(() => client.end());
}

/** Has all tables of the current schema, or is empty with `isEmpty`. */
export async function newDatabase(
  { url, pooledUrl = url, template }: ProvidedPostgres,
  { isEmpty = false } = {},
): Promise<OwnDatabase> {
  const name = `t_${randomBytes(6).toString('hex')}`;
  await ask(url, `create database ${name} template ${isEmpty ? 'template1' : template}`);
  return {
    url: Object.assign(new URL(pooledUrl), { pathname: `/${name}` }).href,
    drop: async () => void (await ask(url, `drop database ${name} with (force)`)),
  };
}
