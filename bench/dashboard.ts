/**
 * Measures how long pages of the dashboard take over 10,000 sessions and 1,000,000 audit entries: in milliseconds, and against the
 * same pages over a workspace with ten sessions.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../src/base/clock.ts';
import { listen } from '../src/base/http.ts';
import { createLog } from '../src/base/log.ts';
import { openStore } from '../src/store/database/database.ts';
import { agentsOf } from '../src/supervisor/nodes/state.ts';
import { brokerOver } from '../src/supervisor/supervisor.ts';
import { createLoginCodes } from '../src/web/login-codes.ts';
import { createWeb } from '../src/web/server.ts';
import { newWorkItem } from '../src/work-items/work-item.ts';
import { median } from './measure.ts';

/** By page: its milliseconds over much (`... ms`), and divided by those over next to nothing (`... ratio`). */
export type DashboardBench = Record<string, number>;

const agentIds = ['codechange/acme', 'codechange/globex', 'codechange/initech'];
const pathsOfAgent = ['items/ID/7', 'sessions/ID/wi-7', 'agents/ID', 'audit?agent=ID'].map(
  (path) => `/${path.replace('ID', agentIds[0] ?? '')}`,
);
const paths = ['/', '/items', '/sessions', '/agents', '/threads', '/audit', '/costs', ...pathsOfAgent];
const token = 'bench-token-of-no-use';
const rounds = 7;

const largeSize = { sessions: 10_000, entries: 1_000_000 };
const smallSize = { sessions: 10, entries: 100 };

function writeAgents(root: string): void {
  for (const id of agentIds) {
    mkdirSync(join(root, id), { recursive: true });
    writeFileSync(join(root, id, 'jvAgent.json'), JSON.stringify({ id }));
  }
}

/** One of a hundred is still in work; the others were deployed long ago. */
function seed(file: string, { sessions, entries }: typeof largeSize): void {
  const database = new DatabaseSync(file);
  const now = Date.now();
  const addSession = database.prepare(
    `insert into sessions (agent_id, session_id, title, created_at, last_active_at, closed_at, work_item_id, item, phase)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const addEntry = database.prepare(
    `insert into audit_entries (agent_id, seq, at, session_id, actor, action, target, args_digest, config_digest, outcome, prev, hash)
     values (?, ?, ?, ?, 'platform', 'phase', 'work-item/7', '', '', 'planning to plan-ready', '', '')`,
  );
  const addHead = database.prepare(`insert into audit_heads (agent_id, seq, hash) values (?, ?, '')`);
  const amounts = 'usd, tokens_input, tokens_cached, tokens_output, turns';
  const addUsage = database.prepare(`insert into usage (agent_id, day, ${amounts}) values (?, ?, 1, 1, 1, 1, 1)`);
  const addPhase = database.prepare(
    `insert into phase_usage (agent_id, day, phase, ${amounts}) values (?, ?, ?, 1, 1, 1, 1, 1)`,
  );
  const addThread = database.prepare(
    `insert into slack_threads (app, channel, root, team, agent_id, session_id, at) values ('default', 'C1', ?, 'T1', ?, ?, ?)`,
  );
  database.exec('begin');
  for (let n = 0; n < sessions; n += 1) {
    const isOpen = n % 100 === 7;
    const phase = isOpen ? 'plan-ready' : 'deployed';
    const at = isOpen ? now - 3_600_000 : now - (30 + (n % 300)) * 86_400_000;
    const item = { ...newWorkItem(n, `Work item ${n}`, 'Bug'), phase, since: at, hint: 'x'.repeat(4_000) };
    const agentId = agentIds[n % 3 === 1 ? 0 : 1 + (n % 2)] ?? '';
    const values = [`Work item ${n}`, at, at, isOpen ? null : at, n, JSON.stringify(item), phase];
    addSession.run(agentId, `wi-${n}`, ...values);
  }
  for (let n = 0; n < entries; n += 1) addEntry.run(agentIds[n % 2 ? 0 : 2] ?? '', n, now - n, `wi-${n % sessions}`);
  for (const agentId of agentIds) {
    addHead.run(agentId, entries);
    for (let n = 0; n < sessions / 20; n += 1) {
      const day = new Date(now - n * 86_400_000).toISOString().slice(0, 10);
      addUsage.run(agentId, day);
      for (const phase of ['planning', 'executing', 'pr-created', 'conversation']) addPhase.run(agentId, day, phase);
    }
  }
  for (let n = 0; n < sessions; n += 1) addThread.run(`${n}.1`, agentIds[n % 3] ?? '', `wi-${n}`, now - n);
  database.exec('commit');
  database.close();
}

async function timed(url: string, path: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    const answer = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
    await answer.text();
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`);
    times.push(performance.now() - start);
  }
  return median(times);
}

async function measure(size: typeof largeSize): Promise<Map<string, number>> {
  const root = mkdtempSync(join(tmpdir(), 'jvagent-bench-'));
  const folder = join(root, '.jvagent/state');
  const closing = new AbortController();
  writeAgents(root);
  const agents = agentsOf({ root, home: root }, systemClock);
  const store = await openStore({ folder, clock: systemClock });
  seed(join(folder, 'state.db'), size);
  const broker = brokerOver(store, agents, systemClock);
  const metrics = { text: async () => '', contentType: 'text/plain' };
  const node = { store, agents, broker, metrics, isAlive: () => true, stateFolder: join(root, '.jvagent') };
  let respond = (_: Request): Response | Promise<Response> => new Response(null, { status: 503 });
  const listener = await listen((request) => respond(request));
  respond = createWeb({
    node,
    tokens: { apiToken: token, viewToken: undefined },
    codes: createLoginCodes(systemClock),
    self: { pid: process.pid, url: listener.url },
    clock: systemClock,
    log: createLog('bench', 'warn'),
    closing: closing.signal,
  });
  const times = new Map<string, number>();
  for (const path of paths) times.set(path, await timed(listener.url, path));
  closing.abort();
  await listener.close();
  await store.close();
  rmSync(root, { recursive: true, force: true });
  return times;
}

export async function benchDashboard(): Promise<DashboardBench> {
  // The first round of a process pays for what is compiled once.
  await measure(smallSize);
  const [small, large] = [await measure(smallSize), await measure(largeSize)];
  const rows = [...large].flatMap(([path, ms]) => [
    [`${path} ms`, ms],
    [`${path} ratio`, ms / (small.get(path) ?? Number.NaN)],
  ]);
  return Object.fromEntries(rows);
}
