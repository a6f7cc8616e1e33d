/** A database of its own on the server of the vitest project. */
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** What a test is told of the server. */
export interface ProvidedPostgres {
  /** The database from which others are made and dropped. */
  readonly url: string;
  /** The same by a pooler, where the project has one; then stores use it. */
  readonly pooledUrl?: string;
  /** The name of a database of the current schema. */
  readonly template: string;
}

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

const tables = "select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace";

/** Remembers, in a template, the rows that a state begins with. */
export const keepFirstRows = `do $$
declare one record;
begin
  create schema first_rows;
  for one in ${tables} loop
    execute format('create table first_rows.%I as table public.%I', one.name, one.name);
  end loop;
end $$`;

/** As the template is: its rows alone, every counter at its start, and nothing seen yet. Nobody else is connected then. */
const emptied = `do $$
declare one record;
begin
  perform pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid();
  set local session_replication_role = replica;
  for one in ${tables} loop
    execute format('delete from public.%I', one.name);
    execute format('insert into public.%I select * from first_rows.%I', one.name, one.name);
  end loop;
  for one in select oid::regclass as name from pg_class where relkind = 'S' loop
    perform setval(one.name, 1, false);
  end loop;
  perform pg_stat_reset();
end $$`;

/** Names of databases that this process made and that no test uses now, by their server: a copy of the template costs more. */
const idle = new Map<string, string[]>();

/** As a new state is, with all tables of the current schema. The test may change rows, never tables. */
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
