/**
 * Puts a backup in the place of the state, in a folder or in PostgreSQL, and keeps the old state as a backup beside it.
 *
 * backup -> copy, brought up to the present schema and settled -> in place by one rename, or one transaction; until then the old
 * state stays what it was
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { sql } from 'kysely';
import { limits } from '../../../limits.ts';
import { createNodes, isHeardOf } from '../../claims/nodes.ts';
import { openStore } from '../database.ts';
import { openDatabase } from '../open.ts';
import { newerPlace } from '../postgres.ts';
import type { Db } from '../schema.ts';
import { stateFileName } from '../sqlite.ts';
import type { Words } from '../words.ts';
import { loadFile, lockTables, tablesOf } from './copy.ts';
import { forgetMoved, rememberMoved } from './moved.ts';
import { backupFault, newerDatabase, removeStateFile, type StatePlace, writeFileFrom } from './state-file.ts';

const busyMs = 5_000;

export interface Restored {
  /** Where the old state is kept, if there was one. */
  readonly keptAs?: string;
  /** How many work items are open. */
  readonly open: number;
}

/** Puts the file in the place of the folder's state. */
function putInFolder(next: string, present: string, kept: string): boolean {
  const isThere = existsSync(present);
  if (isThere) {
    // Writes the write-ahead log into the database file and empties the log.
    const database = new Database(present, { timeout: busyMs });
    database.pragma('wal_checkpoint(TRUNCATE)');
    database.close();
    copyFileSync(present, kept);
    chmodSync(kept, 0o600);
  }
  for (const suffix of ['-wal', '-shm']) rmSync(`${present}${suffix}`, { force: true });
  renameSync(next, present);
  return isThere;
}

/** Why nothing can be restored now; undefined if nobody works on the state. */
async function busyFault(trx: Db, words: Words): Promise<string | undefined> {
  const working = new Set((await createNodes(trx, words).list()).filter(isHeardOf).map(({ name }) => name));
  const held = trx.selectFrom('sessions').select('session_id').where('lease_until', '>', words.time());
  if (working.size === 0 && !(await held.executeTakeFirst())) return undefined;
  const names = [...working].join(', ');
  const which =
    names === '' ? 'A node works' : working.size === 1 ? `The node ${names} works` : `The nodes ${names} work`;
  return `${which} on this state, or ${working.size > 1 ? 'were' : 'was'} lost less than ${limits.leaseSeconds} seconds ago. Stop all nodes, then restore.`;
}

/** Whether anything was ever done with the state. */
async function isUsed(trx: Db): Promise<boolean> {
  for (const table of ['audit_heads', 'messages', 'sessions', 'agents'] as const) {
    if (await trx.selectFrom(table).select(sql`1`.as('one')).limit(1).executeTakeFirst()) return true;
  }
  return false;
}

/** Thrown to undo the transaction. */
class Refused extends Error {}

/** Puts the rows of the file in the place of the database's. */
async function putInPostgres(
  folder: string,
  url: string,
  next: string,
  kept: string,
): Promise<boolean | { fault: string }> {
  const { db, words } = await openDatabase({ folder, url, clock: { now: Date.now } });
  const file = new Database(next, { readonly: true });
  try {
    return await db.transaction().execute(async (trx) => {
      await lockTables(trx, tablesOf(file));
      const { name, another } = newerPlace(url);
      const newer = await newerDatabase(trx);
      const fault = newer
        ? `${name} ${newer}, so this version does not replace it. To restore here, ${another}.`
        : await busyFault(trx, words);
      if (fault !== undefined) throw new Refused(fault);
      const isThere = await isUsed(trx);
      if (isThere) await writeFileFrom(trx, kept);
      await loadFile(trx, file);
      return isThere;
    });
  } catch (error) {
    removeStateFile(kept);
    if (error instanceof Refused) return { fault: error.message };
    throw error;
  } finally {
    file.close();
    await db.destroy();
  }
}

/**
 * Replaces the state with a backup and keeps the old state next to it. The new state is paused, and each open work item checks where
 * it is (`restored.ts`). No process may work on the state.
 */
export async function restoreState(
  { folder, url }: StatePlace,
  file: string,
  now: number,
): Promise<Restored | { fault: string }> {
  const fault = backupFault(file);
  if (fault) return { fault };
  const draft = join(folder, 'restoring');
  const [next, kept] = [join(draft, stateFileName), join(folder, `${stateFileName}.${now}`)];
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  try {
    copyFileSync(file, next);
    chmodSync(next, 0o600);
    const store = await openStore({ folder: draft, clock: { now: () => now } });
    const open = await store.platform.settleRestored().finally(() => store.close());
    const put =
      url === undefined
        ? putInFolder(next, join(folder, stateFileName), kept)
        : await putInPostgres(folder, url, next, kept);
    if (typeof put === 'object') return put;
    if (url === undefined) forgetMoved(folder);
    else rememberMoved(folder, url);
    return { open, ...(put ? { keptAs: kept } : {}) };
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
