/** `jvagent start`: the platform in this process, until SIGTERM or SIGINT. */

import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { createLog } from '../../base/log.ts';
import { countOf } from '../../base/text/count-of.ts';
import { settingRows } from '../../checks/file-rows.ts';
import type { Refusal } from '../../refusal.ts';
import type { Settings } from '../../settings.ts';
import { isHeardOf } from '../../store/claims/nodes.ts';
import { alreadyRunning } from '../../supervisor/node-checks.ts';
import { fullNodeName, secretsTexts } from '../../views/nodes-view.ts';
import { type Platform, startPlatform } from '../../web/start-platform.ts';
import type { Context } from '../context.ts';
import { failureOf, granted } from '../failure.ts';
import { readStopped, startAgentNews } from '../log/agent-news.ts';
import { fitted } from '../log/fitted.ts';
import { createLiveLines } from '../log/live-lines.ts';
import type { Print } from '../print.ts';
import { runningNode } from '../status-facts.ts';

interface Flags {
  port?: number;
  json?: boolean;
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}

async function untilStopped(): Promise<void> {
  // Listening once lets a second signal end a stop that hangs.
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

/** When an agent that runs does something. */
function dutyOf({ agents }: Platform, agentId: string): string {
  const state = agents.get(agentId);
  if (!state || !('agent' in state)) return 'runs';
  const { kind, config } = state.agent;
  if (kind === 'conversation') return 'runs; answers questions';
  if (!config.autoRun.enabled) return 'runs; looks at its board only when told to (autoRun.enabled is false)';
  return config.heartbeat ? `runs; looks at its board by the schedule ${config.heartbeat}` : 'runs; has no heartbeat';
}

function setIn(print: Print, text: string, columns: number): void {
  const margin = ' '.repeat(columns);
  for (const line of fitted(text, print.columns() - columns)) print.line(`${margin}${line}`);
}

const stoppedText = ({ refused, why, fix }: Refusal) => `does not run. ${refused}: ${why}\nFix: ${fix}`;

/** Where the dashboard is, and how to get in. */
function dashboardText({ url }: Platform, { apiToken, viewToken }: Settings): string {
  const isOpen = apiToken ?? viewToken;
  const way = isOpen
    ? '`jvagent open` logs you in'
    : 'nobody can log in yet: `jvagent doctor` says what to add to .env';
  return `Dashboard: ${url}/ (${way})`;
}

/** What is up, which agents run or do not and why, and where hooks come in. */
async function sayUp(print: Print, supervisor: Platform, settings: Settings): Promise<void> {
  const { root, hookKey, hookPort, databaseUrl } = settings;
  const stopped = await readStopped(supervisor);
  const agents = supervisor.agents.list();
  print.line(`jvagent is up: ${root}, ${agents.length} ${agents.length === 1 ? 'agent' : 'agents'}`);
  for (const { id } of agents) {
    const why = await stopped(id);
    print.line(`  ${id}`);
    setIn(print, why ? stoppedText(why) : dutyOf(supervisor, id), 4);
  }
  if (agents.length === 0) print.line('  There are no agents yet. Add one with `jvagent agent add codechange/acme`.');
  setIn(print, dashboardText(supervisor, settings), 0);
  const working = databaseUrl ? (await supervisor.store.nodes.list()).filter(isHeardOf) : [];
  for (const text of secretsTexts(working, supervisor.owner)) setIn(print, `Warning: ${text}`, 0);
  if (databaseUrl) print.line(`Node: ${fullNodeName({ name: hostname(), owner: supervisor.owner })}`);
  if (hookKey) print.line(`Hooks: http://127.0.0.1:${hookPort}/hooks/`);
  setIn(print, 'Press Ctrl-C to stop. Turns that run then are parked, and their work is kept.', 0);
}

const answerMs = 3_000;

/** What the stop waits for. It goes on where the database cannot tell. */
async function sayStopping(print: Print, { store, owner }: Pick<Platform, 'store' | 'owner'>): Promise<void> {
  const claimed = store.sessionLists.claimedBy(owner).catch(() => undefined);
  const running = await Promise.race([claimed, sleep(answerMs, undefined, { ref: false })]);
  if (!running) {
    setIn(print, 'Stopping: the database does not answer. Press Ctrl-C again to stop at once.', 0);
    return;
  }
  const names = running.map(({ agentId, sessionId }) => `${agentId} ${sessionId}`);
  const waits = names.length === 0 ? 'no turn is running' : `waiting until these turns are parked: ${names.join(', ')}`;
  setIn(print, `Stopping: ${waits}. Press Ctrl-C again to stop at once.`, 0);
}

/** What is wrong in `.env`, although the platform can start with it. */
const settingTexts = ({ root }: Settings) =>
  settingRows(root).map(({ file, line, message, fix }) => `${file}:${line} ${message}. ${fix}`);

/** Where a person reads along: the platform's own log comes as lines for people too, unless it goes elsewhere. */
async function startForPeople({ print, now }: Context, settings: Settings): Promise<void> {
  for (const note of settingTexts(settings)) print.note(note);
  const live = createLiveLines(print, now);
  const lines = print.showsErrors ? { write: live.logLine } : undefined;
  const log = createLog('jvagent', 'info', lines);
  const told = { onEntries: live.entries, ...(lines ? { onWorkerLine: live.logLine } : {}) };
  const supervisor = granted(await startPlatform({ settings, clock: systemClock, log, ...told, looksAtStart: true }));
  const stopped = untilStopped();
  // It runs all the same where the database does not answer just then.
  await sayUp(print, supervisor, settings).catch((error: unknown) =>
    print.note(`jvagent is up; \`jvagent status\` says more: ${messageOf(error)}`),
  );
  live.begin();
  const news = startAgentNews(supervisor, systemClock, (id, why) =>
    setIn(print, `${id} ${why ? stoppedText(why) : dutyOf(supervisor, id)}`, 0),
  );
  await stopped;
  // Not waited for: the database may not answer.
  void news.stop();
  await sayStopping(print, supervisor);
  await supervisor.stop();
  print.line('Stopped.');
}

/** For programs: one line when it is up, and the log as JSON lines on stderr. */
async function startForPrograms({ print }: Context, settings: Settings): Promise<void> {
  const log = createLog('jvagent');
  for (const note of settingTexts(settings)) log.warn(note);
  const supervisor = granted(await startPlatform({ settings, clock: systemClock, log, looksAtStart: true }));
  print.line(`jvagent is up: ${settings.root}, ${countOf(supervisor.agents.list().length, 'agent')}`);
  print.line(dashboardText(supervisor, settings));
  await untilStopped();
  await supervisor.stop();
}

async function start(context: Context, { port, json = false }: Flags): Promise<void> {
  const given = context.settings();
  // Said before its own port is found to be taken.
  if (runningNode(context)) throw failureOf(alreadyRunning(given.root));
  const settings = { ...given, port: port ?? given.port };
  const isForPeople = context.print.isTerminal && !json;
  await (isForPeople ? startForPeople(context, settings) : startForPrograms(context, settings));
}

export function startCommand(context: Context): Command {
  return new Command('start')
    .description('run the platform until you press Ctrl-C; running turns are parked and their work is kept')
    .option('--port <n>', 'the port of the dashboard (JVAGENT_PORT; 7460, or a free one, if you name none)', portOf)
    .option('--json', 'write the log as JSON lines on stderr, on a terminal too')
    .action((flags: Flags) => start(context, flags));
}
