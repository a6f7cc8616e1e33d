/** The database of the story that is running. */
import { join, relative } from 'node:path';
import { expect, inject } from 'vitest';
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
