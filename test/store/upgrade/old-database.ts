/**
 * Databases as version 0.1.0 wrote them. `0.1.0.json` holds its schema, and of a work item in each phase the rows that it
 * stored itself while it ran against the emulators, each under an agent `old/<phase>`.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { firstPlanText } from '../../../src/store/database/first-plan-text.ts';
import type { PostedPlan, WorkItem } from '../../../src/work-items/work-item.ts';

type Row = Record<string, string | number>;

interface Old {
  schema: string[];
  migrations: string[];
  phases: Record<string, { session: Row & { item: string }; effects: (Row & { intent: string })[] }>;
}

const old = JSON.parse(readFileSync(join(import.meta.dirname, '0.1.0.json'), 'utf8')) as Old;

function insert(database: Database.Database, table: string, row: Row): void {
  const columns = Object.keys(row);
  const values = columns.map((column) => `@${column}`);
  database.prepare(`insert into ${table} (${columns.join(', ')}) values (${values.join(', ')})`).run(row);
}

/** A database with that version's schema, and no row. */
function createOld(file: string): Database.Database {
  const database = new Database(file);
  for (const statement of old.schema) database.exec(statement);
  return database;
}

/** A state folder of that version, with a work item in each phase. */
export function writeOldState(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const database = createOld(join(folder, 'state.db'));
  for (const name of old.migrations) insert(database, 'kysely_migration', { name, timestamp: '2026-11-28T00:00:00Z' });
  database.exec("insert into kysely_migration_lock values ('migration_lock', 0)");
  for (const { session, effects } of Object.values(old.phases)) {
    insert(database, 'sessions', session);
    for (const effect of effects) insert(database, 'effects', effect);
  }
  database.close();
}

type Fields = Record<string, unknown>;

/** A comment as that version would have posted it. */
export interface OldComment {
  workItemId: number;
  commentId: number;
  text: string;
}

/** The plan as that version would have stored it once its comment was edited to the old words, and that comment. */
function oldPlan(
  workItemId: number,
  { text: _, below: _below, ...stored }: PostedPlan,
): { plan: Fields; comment: OldComment } {
  const text = firstPlanText(stored.plan);
  const hash = createHash('sha256').update(`${workItemId}\n${text}`).digest('hex');
  const { posted = { commentId: 0, version: 0, at: 0 } } = stored;
  const how =
    'To approve exactly this plan, move this work item to **Approved**. To have it changed, comment what is wrong and move it to **Rejected**.';
  const words = [`### Plan for work item ${workItemId}`, text, how, `[jv:plan:${hash}]`].join('\n\n');
  return {
    plan: { ...stored, hash, posted: { ...posted, version: posted.version + 1 } },
    comment: { workItemId, commentId: posted.commentId, text: words },
  };
}

/** The item as that version would have stored it; every name in it is one that it wrote for an item of this phase. */
function oldItem(text: string): string {
  const { approval, change, review, deployment, counts, barred, ...same } = JSON.parse(text) as Record<string, Fields>;
  const { claimRev, ...decided } = approval ?? {};
  const { commit, ...work } = change ?? {};
  const { behind, ...pullRequest } = review ?? {};
  const { branchesLeft, ...counted } = counts ?? {};
  const flat = { approval: approval && decided, claimRev, change: commit, ...work, behind, ...counted };
  const all = { ...same, ...flat, ...(review ? { pullRequest } : {}), ...deployment };
  const item = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  const written = JSON.parse(old.phases[String(item.phase)]?.session.item ?? '{}') as Fields;
  const unknown = Object.keys(item).filter((name) => !(name in written));
  if (unknown.length > 0) throw new Error(`0.1.0 did not write ${unknown.join(', ')}`);
  return JSON.stringify(item);
}

/** An intent with its number under the name that version wrote for its kind. */
function oldIntent(text: string): string {
  const { nth, ...intent } = JSON.parse(text) as Fields;
  const intents = Object.values(old.phases).flatMap(({ effects }) => effects.map((row) => JSON.parse(row.intent)));
  const written = intents.find(({ kind }) => kind === intent.kind) as Fields | undefined;
  if (!written) throw new Error(`0.1.0 wrote no ${intent.kind}`);
  const name = ['move', 'attempt', 'nth'].find((one) => one in written);
  return JSON.stringify(nth === undefined || !name ? intent : { ...intent, [name]: nth });
}

/**
 * Moves the rows to a database of that version: what it had no table, column or index for is gone, whichever migration made it.
 * Throws if a table or column that it had is there no more.
 */
function moveToOldSchema(file: string): void {
  const database = createOld(`${file}.old`);
  database.pragma('foreign_keys = off');
  database.prepare('attach ? as present').run(file);
  const tables = database.prepare("select name from main.sqlite_master where type = 'table'").pluck().all() as string[];
  for (const table of tables.filter((name) => name !== 'sqlite_sequence')) {
    const columns = database.prepare('select name from pragma_table_info(?)').pluck().all(table).join(', ');
    database.exec(`insert into main.${table} (${columns}) select ${columns} from present.${table}`);
  }
  database.prepare('delete from kysely_migration where name > ?').run(old.migrations.at(-1));
  database.close();
  for (const suffix of ['-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
  renameSync(`${file}.old`, file);
}

/** Turns the state of a platform that is stopped into what that version would have left; the comments to edit to its words. */
export function turnBack(folder: string): OldComment[] {
  const file = join(folder, 'state.db');
  const database = new Database(file);
  const items = database.prepare('select rowid as id, item from sessions where item is not null').all() as Row[];
  const comments: OldComment[] = [];
  for (const { id, item } of items) {
    const stored = JSON.parse(String(item)) as WorkItem;
    const old = stored.plan && oldPlan(stored.workItemId, stored.plan);
    if (old) comments.push(old.comment);
    const text = JSON.stringify(old ? { ...stored, plan: old.plan } : stored);
    database.prepare('update sessions set item = ? where rowid = ?').run(oldItem(text), id);
    if (!stored.plan) continue;
    const [is, was] = [stored.plan.hash, String(old?.plan.hash)];
    database.prepare('update sessions set engine_plan_hash = ? where engine_plan_hash = ?').run(was, is);
    database.prepare('update effects set intent = replace(intent, ?, ?)').run(is, was);
  }
  const effects = database.prepare('select key, intent from effects').all() as Row[];
  for (const { key, intent } of effects) {
    database.prepare('update effects set intent = ? where key = ?').run(oldIntent(String(intent)), key);
  }
  database.close();
  moveToOldSchema(file);
  return comments;
}
