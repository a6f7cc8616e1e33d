/**
 * The platform from Slack to Slack as a process of its own: its real ways in and out, its real schedule and store. In place of a model,
 * a turn answers each message of its batch, and in place of `main` nothing happens.
 */

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createLog } from '../../../src/base/log.ts';
import type { Peer } from '../../../src/ipc/peer.ts';
import type { TurnOrder, TurnRest, WorkerMethods } from '../../../src/ipc/protocol.ts';
import { isRefusal } from '../../../src/refusal.ts';
import { readSettings } from '../../../src/settings.ts';
import { openStore } from '../../../src/store/database/database.ts';
import type { Node } from '../../../src/supervisor/node.ts';
import { startLoops } from '../../../src/supervisor/node-loops.ts';
import { createLeases, startLeaseWatch } from '../../../src/supervisor/nodes/leases.ts';
import { agentsOf } from '../../../src/supervisor/nodes/state.ts';
import { createSchedule } from '../../../src/supervisor/schedule-turn.ts';
import { say } from '../../../src/supervisor/slack/say.ts';
import { createSlackIn } from '../../../src/supervisor/slack/slack-in.ts';
import { startSlackOut } from '../../../src/supervisor/slack/slack-out.ts';
import { brokerOver } from '../../../src/supervisor/supervisor.ts';
import { createTurnNotes } from '../../../src/supervisor/turn-notes.ts';
import type { WorkerPool } from '../../../src/supervisor/workers/pool.ts';
import { only } from '../../only.ts';
import { scriptedClock } from './clock.ts';

const [root = '', startedAt = ''] = process.argv.slice(2);
const clock = scriptedClock(Number(startedAt));
process.on('message', (now) => {
  clock.setNow(Number(now));
  process.send?.(now);
});
const settings = readSettings({ root, env: { HOME: root, JVAGENT_ALLOW_LOOPBACK: '1' } });
if (isRefusal(settings)) throw new Error(settings.why);
const agents = agentsOf(settings, clock);
const store = await openStore({ folder: join(root, '.jvagent/state'), clock });
await store.sessions.giveBack();

let poke = () => {};
const node: Node = {
  ...{ store, agents, broker: brokerOver(store, agents, clock), running: new Map(), onEntries: () => {} },
  ...{
    poke: () => poke(),
    crashPoints: { reach: () => {} },
    clock,
    log: createLog('platform', 'warn'),
    onFault: (error: unknown) => console.error(error),
  },
};
const notes = createTurnNotes(node);
const thinkingMs = 300;

async function turn({ turnId, batch }: TurnOrder): Promise<TurnRest> {
  const running = node.running.get(turnId);
  if (!running) throw new Error(`the turn ${turnId} is over`);
  for (const message of batch) {
    await clock.sleep(thinkingMs);
    const [name] = /\b[a-z]+-\d+-\d+\b/.exec(String(message.payload.text)) ?? ['something without a name'];
    const said = await say(node, notes, { ...running, batch: [message] }, { kind: 'reply', text: `About ${name}.` });
    if (isRefusal(said)) node.log.warn({ refused: said.refused }, said.why);
  }
  return {};
}

/** Only turns are asked of a worker here. */
const peer = only<Peer<WorkerMethods>>('peer', {
  call: async (_, params) => (await turn(params as TurnOrder)) as never,
});
const pool = only<WorkerPool>('pool', {
  room: async () => undefined,
  get: async () => ({ peer, done: () => {}, kill: () => {} }),
  endIdle: async () => {},
});
const slackIn = createSlackIn(node, settings);
const bounds = { enginesMax: 100, newId: randomUUID, isElsewhere: () => false };
const schedule = createSchedule(node, { pool, owner: randomUUID(), ...bounds });
const parts = {
  state: { refresh: async () => node.agents.refresh(), beat: async () => [] },
  pool,
  schedule,
  modelWatch: { tryAtOnce: async () => {} },
  collect: async () => {},
  looksAtStart: false,
};
const loops = startLoops(node, parts);
const leases = startLeaseWatch(node, createLeases({ ...node, sessions: store.sessions }));
const slackOut = await startSlackOut(node, slackIn.thread);
poke = () => [loops, slackOut].map((loop) => loop.poke());
slackIn.start();

process.once('SIGTERM', async () => {
  await slackIn.stop();
  await slackOut.stop();
  await loops.stop();
  await schedule.allEnded();
  await leases.stop();
  await store.close();
  process.disconnect();
});
