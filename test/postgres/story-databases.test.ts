/** The list of stories names each of them, and half of them on each database. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { storyDatabases } from '../stories/databases.ts';

test('each story has its database, and half of them PostgreSQL', () => {
  const files = globSync('**/*.test.ts', { cwd: join(import.meta.dirname, '../stories') });
  expect(Object.keys(storyDatabases).sort()).toEqual(files.map((file) => file.replace(/\.test\.ts$/, '')).sort());
  const onPostgres = Object.values(storyDatabases).filter((kind) => kind === 'postgres');
  expect(Math.abs(files.length - 2 * onPostgres.length)).toBeLessThanOrEqual(1);
});
