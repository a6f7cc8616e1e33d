/** Tests below `test/store/` that mean nothing on PostgreSQL; every other one passes on both. */

/** Each file with its reason, in the words of `postgres: FILE stays on SQLite: REASON`. */
export const sqliteOnly: Readonly<Record<string, string>> = {
  'test/store/database/sqlite.test.ts': 'one supervisor a file, a folder that several processes create',
  'test/store/database/sqlite-plans.test.ts': 'how SQLite finds rows',
  'test/store/audit-pages.test.ts': 'how SQLite finds rows',
  'test/store/conversations/growth.test.ts': 'how SQLite finds rows',
  'test/store/database/backup.test.ts': 'a backup that is a file of SQLite',
  'test/store/upgrade/upgrade.test.ts': 'a state of version 0.1.0, which had SQLite alone',
  'test/store/upgrade/before-dashboard.test.ts': 'a state before PostgreSQL could be used',
};
