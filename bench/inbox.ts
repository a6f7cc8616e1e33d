/**
 * Measures how fast messages of Slack are let in and routed to their sessions, with nothing before them and after many others,
 * against as many bare commits to a file of the same database.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../src/base/clock.ts';
import { createLog } from '../src/base/log.ts';
import { createWebClients } from '../src/connectors/slack/web-clients.ts';
import { normalise } from '../src/conversations/slack-event.ts';
import { openStore } from '../src/store/database/database.ts';
import { agentsOf } from '../src/supervisor/nodes/state.ts';
import { createInboxLoop } from '../src/supervisor/slack/inbox-loop.ts';
import { createLookups } from '../src/supervisor/slack/lookups.ts';
import type { ConnectedApp } from '../src/supervisor/slack/slack-node.ts';
import { median } from './measure.ts';

export interface InboxBench {
  /** Messages a second, let in and routed. */
  messagesPerSecond: number;
  /** The time of a message divided by that of a bare commit; medians of the same run. */
  commitRatio: number;
  /** The time of a message in the last round divided by that in the first: what came before costs nothing. */
  growthRatio: number;
}

const rounds = 10;
const inRound = 200;
const threadsCount = 20;
const self = { app: 'default', team: 'T1', botUser: 'UBOT' };
const channel = 'C0BENCH';

async function timed(work: () => Promise<void> | void): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / inRound;
}

/** The event of the nth message; the first of a thread mentions the bot. */
function eventOf(nth: number): unknown {
  const root = nth - (nth % (inRound / threadsCount));
  const ts = (n: number) => `1700000000.${String(n).padStart(6, '0')}`;
  const text = nth === root ? '<@UBOT> hello' : 'and one thing more';
  const event = { type: 'message', channel, user: 'U1', text, ts: ts(nth), thread_ts: ts(root) };
  return { type: 'event_callback', team_id: self.team, event_id: `Ev${nth}`, event };
}

async function connectedApp(): Promise<ConnectedApp> {
  const app = { name: self.app, botToken: 'xoxb-none', apiUrl: 'http://127.0.0.1:9/api/' };
  const clients = await createWebClients({ token: app.botToken, apiUrl: app.apiUrl, fetch: globalThis.fetch });
  const reads = {
    identity: async () => self,
    scopes: async () => [],
    channel: async () => ({ isShared: false, isMember: true, isArchived: false }),
    page: async () => ({ messages: [] }),
    userName: async () => 'Erin',
    user: async () => ({ team: self.team, isBot: false, isGuest: false, isDeleted: false }),
  };
  return { app, clients, reads, self: () => self };
}

/** The milliseconds of one message, round by round. */
async function routed(root: string): Promise<number[]> {
  const agents = agentsOf({ root, home: root }, systemClock);
  const store = await openStore({ folder: join(root, '.jvagent/state'), clock: systemClock });
  const node = { store, agents, running: new Map(), clock: systemClock, log: createLog('bench', 'warn') };
  const app = await connectedApp();
  const step = createInboxLoop(node, { lookups: createLookups(Date.now), apps: () => [app] });
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const work = async () => {
      for (let nth = 0; nth < inRound; nth += 1) {
        const read = normalise(self, eventOf(round * inRound + nth));
        if ('take' in read) await store.inbox.add(self.app, read.take);
      }
      while (await step());
    };
    times.push(await timed(work));
  }
  const sessions = await store.sessions.list('bench');
  await store.close();
  if (sessions.length !== rounds * threadsCount) throw new Error(`${sessions.length} threads have a session`);
  return times;
}

/** The same file settings as the store's. */
function committed(root: string): Promise<number> {
  const database = new DatabaseSync(join(root, 'bare.db'));
  database.exec('pragma journal_mode = WAL; pragma synchronous = FULL; create table said (text text)');
  const insert = database.prepare('insert into said values (?)');
  return timed(() => {
    for (let nth = 0; nth < inRound; nth += 1) insert.run(JSON.stringify(eventOf(nth)));
  }).finally(() => database.close());
}

export async function benchInbox(): Promise<InboxBench> {
  const root = mkdtempSync(join(tmpdir(), 'jvagent-bench-'));
  try {
    mkdirSync(join(root, 'bench'));
    const config = { id: 'bench', autoRun: { enabled: true }, slack: { channels: [channel] } };
    writeFileSync(join(root, 'bench/jvAgent.json'), JSON.stringify(config));
    const times = await routed(root);
    const each = median(times);
    const growthRatio = median(times.slice(-3)) / median(times.slice(0, 3));
    return { messagesPerSecond: 1_000 / each, commitRatio: each / (await committed(root)), growthRatio };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
