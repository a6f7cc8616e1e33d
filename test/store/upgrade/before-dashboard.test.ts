/**
 * The state as it was before there was a dashboard. `013.json` holds its schema and rows that the platform stored in a demo, one of
 * each table; the few tables that a demo leaves empty were filled by hand.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { restoreState } from '../../../src/store/database/backups/restore.ts';
import { inOtherProcess, openTestStore, testFolder } from '../fixture.ts';

type Row = Record<string, string | number | null>;

const before = JSON.parse(readFileSync(join(import.meta.dirname, '013.json'), 'utf8')) as {
  schema: string[];
  migrations: string[];
  rows: Record<string, Row[]>;
};

function writeState(folder: string, more: string[] = []): string {
  const file = join(folder, 'state.db');
  const database = new Database(file);
  database.pragma('foreign_keys = off');
  for (const statement of before.schema) database.exec(statement);
  const names = [...before.migrations, ...more];
  const done = names.map((name) => ({ name, timestamp: '2026-11-28T00:00:00Z' }));
  const locks = [{ id: 'migration_lock', is_locked: 0 }];
  for (const [table, rows] of Object.entries({
    ...before.rows,
    kysely_migration: done,
    kysely_migration_lock: locks,
  })) {
    for (const row of rows) {
      const columns = Object.keys(row);
      const values = columns.map((column) => `@${column}`);
      database.prepare(`insert into ${table} (${columns.join(', ')}) values (${values.join(', ')})`).run(row);
    }
  }
  database.close();
  return file;
}

function rowsOf(file: string, table: string, columns: string[]): Row[] {
  const database = new Database(file, { readonly: true });
  const rows = database.prepare<[], Row>(`select ${columns.join(', ')} from ${table}`).all();
  database.close();
  return rows;
}

const sorted = (rows: Row[]) => rows.map((row) => JSON.stringify(row)).sort();

test('every row of every table is there after the upgrade, as it was', async () => {
  const folder = testFolder();
  const file = writeState(folder);
  await openTestStore({ folder });
  expect(before.migrations.at(-1)).toBe('013-outbox-indexes');
  for (const [table, rows] of Object.entries(before.rows)) {
    expect(rows, table).not.toEqual([]);
    const kept = rowsOf(file, table, Object.keys(rows[0] ?? {})).filter(({ name }) => name !== 'readable-from');
    expect(sorted(kept), table).toEqual(sorted(rows));
  }
});

test('what was stored is read as before: the item with its plan and merge, the pause, notes, costs, and a whole audit log', async () => {
  const folder = testFolder();
  writeState(folder);
  const { store } = await openTestStore({ folder });
  const [session] = (await store.sessions.list('codechange/acme')).filter(({ item }) => item);
  expect(session?.item).toMatchObject({
    phase: 'deployed',
    workItemId: 1,
    approval: { by: { name: 'Erin Engineer' } },
  });
  expect(session?.item?.plan?.text).toContain('jsonpointer.set can change Object.prototype');
  expect(await store.platform.pausedAt()).toBe(1_764_500_000_000);
  expect(await store.memory.list('docs')).toMatchObject([{ file: 'notes.md', accepted: true }]);
  const turns = (rows: { turns?: unknown }[] = []) => rows.map((row) => row.turns).sort();
  expect(turns(await store.usage.list())).toEqual(turns(before.rows.usage));
  expect(await store.audit.verify('docs')).toEqual({ ok: true });
});

test('several processes may begin the upgrade at once', async () => {
  const folder = testFolder();
  writeState(folder);
  await Promise.all(['a', 'b'].map((id) => inOtherProcess({ folder }, `await store.agents.pause('${id}');`)));
  const { store } = await openTestStore({ folder });
  expect((await store.agents.list()).map(({ agentId }) => agentId)).toEqual(expect.arrayContaining(['a', 'b', 'docs']));
});

test('a state that a newer version wrote is not opened, nor restored over ours: both say so', async () => {
  const folder = testFolder();
  const file = writeState(folder, ['014-ops', '999-later']);
  const tables = () => rowsOf(file, 'sqlite_master', ['name', 'sql']);
  const untouched = tables();
  await expect(openTestStore({ folder })).rejects.toMatchObject({
    message: expect.stringMatching(
      /^The state was written by a newer version of jvagent: it is at 999-later, and this version knows it up to \d{3}-\S+$/,
    ),
    facts: { fix: expect.stringContaining('Use that') },
  });
  expect(tables()).toEqual(untouched);
  const ours = testFolder();
  const { store } = await openTestStore({ folder: ours });
  await store.agents.pause('ours');
  await store.close();
  expect(await restoreState({ folder: ours }, file, 1)).toEqual({
    fault: expect.stringContaining('Restore it with that version.'),
  });
  const { store: again } = await openTestStore({ folder: ours });
  expect((await again.agents.list()).map(({ agentId }) => agentId)).toEqual(['ours']);
});

test('a state that a newer version left readable is used as it is, beside that version', async () => {
  const folder = testFolder();
  const { store } = await openTestStore({ folder });
  await store.close();
  const database = new Database(join(folder, 'state.db'));
  database.prepare("insert into kysely_migration values ('999-later', '2027-01-01T00:00:00Z')").run();
  database.close();
  const { store: again } = await openTestStore({ folder });
  await again.agents.pause('ours');
  expect((await again.agents.get('ours')).pausedAt).toBeDefined();
});
