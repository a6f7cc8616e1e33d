/**
 * Two versions on one database: a newer one adds to it and leaves it readable for the one before.
 *
 * Steps only add. What nobody uses any more is taken away one version later, and then `readableFrom` moves.
 */
import { sql } from 'kysely';
import { OutsideError } from '../../base/errors.ts';
import type { Db } from '../database/schema.ts';

/** Programs that know the steps up to this one can use a database that went through all of ours. */
const readableFrom = '016-claims';
const readableName = 'readable-from';

/** Of a database that went through steps that are not among ours: what a person is told. Undefined where there are none. */
export function newerFault(done: readonly string[], ours: readonly string[]): string | undefined {
  const unknown = done.filter((name) => !ours.includes(name)).sort();
  if (unknown.length === 0) return undefined;
  return `was written by a newer version of jvagent: it is at ${unknown.at(-1)}, and this version knows it up to ${ours.at(-1)}`;
}

/** How a state is called that this version cannot use, and what a person can do. */
export interface Unusable {
  readonly name: string;
  readonly fix: string;
}

const inFolder: Unusable = {
  name: 'The state',
  fix: 'Use that version, or restore a backup that this version wrote.',
};

const readable = (db: Db) =>
  db.selectFrom('platform').select('value').where('name', '=', readableName).executeTakeFirst();

/** Whether a newer version has brought the database further, and left it readable. Throws OutsideError where it did not. */
export async function isAhead(db: Db, ours: readonly string[], { name, fix }: Unusable = inFolder): Promise<boolean> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === 'kysely_migration')) return false;
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  const newer = newerFault(
    rows.map((row) => row.name),
    ours,
  );
  if (newer === undefined) return false;
  if (ours.includes((await readable(db))?.value ?? '')) return true;
  throw new OutsideError(`${name} ${newer}`, { system: 'the state', request: 'open', kind: 'version', fix });
}

/** Says in the database which versions can use it. */
export async function leaveReadable(db: Db): Promise<void> {
  if ((await readable(db))?.value === readableFrom) return;
  await db
    .insertInto('platform')
    .values({ name: readableName, value: readableFrom })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: readableFrom }))
    .execute();
}
