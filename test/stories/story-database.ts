/** The database of the story that is running. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, inject } from 'vitest';
import { freePort } from '../free-port.ts';
import { emptyDatabase, type OwnDatabase } from '../postgres/database.ts';
import { type DatabaseKind, storyDatabases } from './databases.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Stories are on the other database than the list says. */
    swapped?: boolean;
  }
}

function kindOf(file: string): DatabaseKind {
  const name = relative(import.meta.dirname, file).replace(/\.test\.ts$/, '');
  // The red team and others have platforms of their own, which are no stories.
  if (name.startsWith('..')) return 'sqlite';
  const kind = storyDatabases[name];
  if (!kind) throw new Error(`${name} has no database: name one in ${join('test', 'stories', 'databases.ts')}`);
  if (kind === 'sqlite only') return 'sqlite';
  if (!inject('swapped')) return kind;
  return kind === 'sqlite' ? 'postgres' : 'sqlite';
}

/** A new one; undefined where it is SQLite, which is in the workspace. */
export async function storyDatabase(): Promise<OwnDatabase | undefined> {
  if (kindOf(expect.getState().testPath ?? '') === 'sqlite') return undefined;
  const postgres = inject('postgres');
  if (!postgres) throw new Error('this project of vitest has no PostgreSQL');
  return emptyDatabase(postgres);
}

/** In the workspace's file, where the commands that a story gives find it too; with the key that nodes of one database share. */
export async function nameDatabase(root: string, url: string): Promise<void> {
  const file = join(root, '.env');
  const given = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const key = `JVAGENT_HOOK_KEY=the-long-enough-hook-key-of-a-story\nJVAGENT_HOOK_PORT=${await freePort()}\n`;
  appendFileSync(file, `DATABASE_URL=${url}\n${given.includes('JVAGENT_HOOK_KEY=') ? '' : key}`, { mode: 0o600 });
}
