/**
 * Measures 100,000 parked sessions, work items whose plan waits for a person: their bytes in the state, the time to find those that are due,
 * and the memory of a supervisor, each beside the same platform with none.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { demoFix, scriptFor } from '../emulators/demo-repository/model-script.ts';
import { createEngineer } from '../emulators/engineer.ts';
import { systemClock } from '../src/base/clock.ts';
import { openStore } from '../src/store/database/database.ts';
import { type Measured, median, type Row, timed } from './measure.ts';
import { startBenchWorld } from './world.ts';

const parkedCount = 100_000;
const agentsCount = 100;
const dueCount = 10;
const findRounds = 200;
/** The platform is looked over once a minute: the memory is measured after the second time. */
const settleMs = 75_000;
const sampleMs = 500;
const samples = 20;

const agentIdOf = (at: number) => `codechange/customer${at}x`;

/** What a session consists of, besides its transcript, its log and the audit log. */
const tables = ['sessions', 'messages', 'deliveries', 'effects'] as const;

/** Takes a work item of the demo until its plan waits; the database that knows it. */
async function parkOne(folder: string): Promise<string> {
  const fix = demoFix();
  const world = await startBenchWorld({ script: scriptFor(fix, undefined) });
  const file = join(folder, 'one.db');
  try {
    const workItemId = await createEngineer(world.emulators, 'acme').file(fix.workItem);
    await world.beat();
    await world.reached(workItemId, 'plan-ready');
    await world.restart(() => copyFileSync(join(world.stateFolder, 'state.db'), file));
    return file;
  } finally {
    await world.close();
  }
}

/** How a column of a copied row is made from the nth number. */
const changed: Readonly<Record<string, string>> = {
  agent_id: `'codechange/customer' || (n % ${agentsCount}) || 'x'`,
  session_id: "'wi-' || n",
  work_item_id: 'n',
  item: "json_set(item, '$.workItemId', n)",
  id: "id || '-' || n",
  message_id: "message_id || '-' || n",
  key: "key || '-' || n",
};

/** Adds the sessions to a state, each with a copy of all rows of the one. */
function fill(stateFile: string, one: string): void {
  const db = new Database(stateFile);
  db.exec(`attach '${one}' as one`);
  const numbers = `with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ${parkedCount})`;
  const of: Record<(typeof tables)[number], string> = {
    sessions: "session_id = 'wi-1'",
    deliveries: "session_id = 'wi-1'",
    effects: "session_id = 'wi-1'",
    messages: "id in (select message_id from one.deliveries where session_id = 'wi-1')",
  };
  const add = db.transaction(() => {
    for (const table of tables) {
      const columns = (db.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name);
      const copied = columns.filter((name) => name !== 'seq');
      const values = copied.map((name) => changed[name] ?? name);
      db.exec(
        `insert into ${table} (${copied}) ${numbers} select ${values} from numbers, one.${table} where one.${table}.${of[table]}`,
      );
    }
  });
  add();
  db.pragma('wal_checkpoint(truncate)');
  db.close();
}

/** Bytes of the tables and of their indexes. */
function bytesOf(stateFile: string): Record<string, number> {
  const db = new Database(stateFile, { readonly: true });
  const read = db.prepare<[string], number>(
    'select sum(pgsize) from dbstat where name in (select name from sqlite_master where tbl_name = ?)',
  );
  const bytes = Object.fromEntries(tables.map((table) => [table, read.pluck().get(table) ?? 0]));
  db.close();
  return bytes;
}

async function makeState(root: string): Promise<string> {
  for (let at = 0; at < agentsCount; at += 1) {
    const id = agentIdOf(at);
    mkdirSync(join(root, id), { recursive: true, mode: 0o700 });
    writeFileSync(join(root, id, 'jvAgent.json'), JSON.stringify({ id }));
  }
  const folder = join(root, '.jvagent/state');
  await (await openStore({ folder, clock: systemClock })).close();
  return join(folder, 'state.db');
}

/** Milliseconds of each search for sessions that are due. */
async function findTimes(root: string): Promise<number[]> {
  const store = await openStore({ folder: join(root, '.jvagent/state'), clock: systemClock });
  const times: number[] = [];
  for (let round = 0; round < findRounds; round += 1) {
    times.push(
      await timed(async () => {
        const due = await store.sessions.due({ max: 100 });
        if (due.length !== dueCount) throw new Error(`${due.length} sessions are due`);
      }),
    );
  }
  await store.close();
  return times;
}

/** Sessions that are due, of an agent that is in no workspace, so that no supervisor takes them. */
async function addDue(root: string): Promise<void> {
  const store = await openStore({ folder: join(root, '.jvagent/state'), clock: systemClock });
  for (let at = 0; at < dueCount; at += 1) {
    const session = { agentId: 'nobody', sessionId: `due-${at}` };
    await store.sessions.ensure(session);
    await store.sessions.wake(session, Date.now() - 1_000);
  }
  await store.close();
}

async function startSupervisor(root: string): Promise<ChildProcess> {
  const main = new URL('../src/main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [main, 'start', '--root', root, '--port', '0', '--json'], {
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: root },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await Promise.race([once(child.stdout ?? child, 'data'), once(child, 'exit')]);
  if (child.exitCode !== null) throw new Error(`the supervisor ended with ${child.exitCode}`);
  return child;
}

/** Resident memory in MB, now and at its peak (proc(5)). */
function memoryOf({ pid }: ChildProcess): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mb = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1_024;
  return { now: mb('VmRSS'), peak: mb('VmHWM') };
}

/** Both supervisors at the same time. */
async function memories(roots: readonly string[]): Promise<{ now: number[]; peak: number }[]> {
  const children = [];
  for (const root of roots) children.push(await startSupervisor(root));
  try {
    await systemClock.sleep(settleMs);
    const seen = children.map(() => [] as number[]);
    for (let sample = 0; sample < samples; sample += 1) {
      for (const [at, child] of children.entries()) seen[at]?.push(memoryOf(child).now);
      await systemClock.sleep(sampleMs);
    }
    return children.map((child, at) => ({ now: seen[at] ?? [], peak: memoryOf(child).peak }));
  } finally {
    for (const child of children) child.kill('SIGTERM');
    await Promise.all(children.map((child) => child.exitCode ?? once(child, 'exit')));
  }
}

function byteRows(before: Record<string, number>, after: Record<string, number>) {
  const each = tables.map((table) => ({ table, bytes: ((after[table] ?? 0) - (before[table] ?? 0)) / parkedCount }));
  const rows: Row[] = each.map(({ table, bytes }) => ({ what: `${table}, bytes a session`, values: [bytes] }));
  return { rows, sum: each.reduce((sum, { bytes }) => sum + bytes, 0) };
}

export async function benchSessions(): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'jvagent-bench-'));
  const [none, parked] = [join(folder, 'none'), join(folder, 'parked')];
  try {
    const one = await parkOne(folder);
    const [, stateFile] = [await makeState(none), await makeState(parked)];
    const before = bytesOf(stateFile);
    fill(stateFile, one);
    const bytes = byteRows(before, bytesOf(stateFile));
    for (const root of [none, parked]) await addDue(root);
    // Once each before, so that both have their files in memory.
    for (const root of [none, parked]) await findTimes(root);
    const [findNone, findParked] = [await findTimes(none), await findTimes(parked)];
    const [withNone, withParked] = await memories([none, parked]);
    const memoryMb = median(withParked?.now ?? []) - median(withNone?.now ?? []);
    const beside = (values: readonly number[] = []) => ({ beside: { what: 'with none', values } });
    return {
      medians: { bytesPerSession: bytes.sum, findDueMs: median(findParked), memoryMb },
      rows: [
        ...bytes.rows,
        { what: 'to find those that are due, ms', values: findParked, ...beside(findNone) },
        { what: 'supervisor, MB', values: withParked?.now ?? [], ...beside(withNone?.now) },
        { what: 'supervisor at its peak, MB', values: [withParked?.peak ?? 0], ...beside([withNone?.peak ?? 0]) },
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
