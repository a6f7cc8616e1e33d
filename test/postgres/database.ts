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

const withName = (url: string, name: string) => Object.assign(new URL(url), { pathname: `/${name}` }).href;

async function create(url: string, template: string): Promise<string> {
  const name = `t_${randomBytes(6).toString('hex')}`;
  await ask(url, `create database ${name} template ${template}`);
  return name;
}

/** As the template is: no rows, and every counter at its start. Nobody else is connected then. */
const emptied = `do $$
declare one record;
begin
  perform pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid();
  set local session_replication_role = replica;
  for one in select oid::regclass as name, relkind from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'S') and relname not like 'kysely%' loop
    if one.relkind = 'r' then execute format('delete from %s', one.name); else perform setval(one.name, 1, false); end if;
  end loop;
end $$`;

/** Names of databases that this process made and that no test uses now, by their server: a copy of the template costs more. */
const idle = new Map<string, string[]>();

/** With all tables of the current schema and no rows. The test may change rows, never tables. */
export async function newDatabase({ url, pooledUrl = url, template }: ProvidedPostgres): Promise<OwnDatabase> {
  const unused = idle.get(url) ?? [];
  idle.set(url, unused);
  const name = unused.pop() ?? (await create(url, template));
  return {
    url: withName(pooledUrl, name),
    async drop() {
      await ask(withName(url, name), emptied);
      unused.push(name);
    },
  };
}

/** Without tables. */
export async function emptyDatabase({ url, pooledUrl = url }: ProvidedPostgres): Promise<OwnDatabase> {
  const name = await create(url, 'template1');
  return {
    url: withName(pooledUrl, name),
    drop: async () => void (await ask(url, `drop database ${name} with (force)`)),
  };
}
