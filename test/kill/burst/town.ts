/** The emulated Slack with many channels, the workspace of the agents that serve them, and the platform, which can be killed. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Message } from '../../../emulators/slack/model.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { ownEnvironment } from '../../../src/settings.ts';
import { startSlack } from '../../emulators/slack/world.ts';
import { putAgent } from '../../stories/conversation.ts';
import { type ScriptedClock, scriptedClock } from './clock.ts';

const program = join(import.meta.dirname, 'platform.ts');
const people = ['erin', 'oscar', 'rita'];

/** How far the clock goes at once, and how long it rests then by the machine's time. */
const [stepMs, hurriedStepMs, restMs] = [100, 3_000, 15];

/** The process of the platform, which shares the clock; it is started again after each kill. */
function createPlatform(root: string, clock: ScriptedClock) {
  let said = '';
  let child: ChildProcess | undefined;
  let isOver = false;
  let isHurried = false;
  const isRunning = () => child?.exitCode === null && child.signalCode === null;

  /** Resolves when the process has this time too, or has ended. */
  const told = (one: ChildProcess, now: number) =>
    new Promise<void>((resolve) => {
      one.once('message', () => resolve());
      one.once('exit', () => resolve());
      one.send(now, (error) => error && resolve());
    });

  async function goOn(): Promise<void> {
    while (!isOver) {
      clock.setNow(clock.now() + (isHurried ? hurriedStepMs : stepMs));
      if (child?.connected) await told(child, clock.now());
      await systemClock.sleep(restMs);
    }
  }

  const ended = goOn();
  return {
    start(): void {
      const env = ownEnvironment();
      const stdio: StdioOptions = ['ignore', 'ignore', 'pipe', 'ipc'];
      child = spawn(process.execPath, [program, root, String(clock.now())], { env, stdio }).setMaxListeners(0);
      child.stderr?.on('data', (chunk: Buffer) => {
        said += chunk.toString('utf8');
      });
    },
    async end(signal: NodeJS.Signals): Promise<void> {
      if (!child || !isRunning()) return;
      const exit = once(child, 'exit');
      child.kill(signal);
      await exit;
    },
    /** Lets the time pass quickly from now on: nothing is left to do but what comes late. */
    hurry(): void {
      isHurried = true;
    },
    /** Ends the process and stops the clock. */
    async close(): Promise<void> {
      await this.end('SIGKILL');
      isOver = true;
      await ended;
    },
    /** All that it wrote to its log. */
    said: () => said,
  };
}

export interface TownOptions {
  channels: number;
  /** How many agents share the channels. */
  agents: number;
}

export async function startTown({ channels, agents }: TownOptions) {
  const clock = scriptedClock(Date.now());
  // By the machine's time: how busy it is must not decide what comes again, and when.
  const world = await startSlack({ clock, times: { ackMs: 60_000 } });
  const { slack, apiUrl } = world;
  const names = Array.from({ length: channels }, (_, n) => `room-${n}`);
  const members = slack.state.users.filter(({ name }) => people.includes(name)).map(({ id }) => id);
  const ids = names.map((name, n) => slack.addChannel({ name, id: `C0ROOM${n}`, members }).id);
  const root = mkdtempSync(join(tmpdir(), 'jvagent-burst-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const { botToken, appToken } = slack.app();
  const tokens = [`SLACK_BOT_TOKEN=${botToken}`, `SLACK_APP_TOKEN=${appToken}`, `SLACK_API_URL=${apiUrl}`, ''];
  writeFileSync(join(root, '.env'), tokens.join('\n'), { mode: 0o600 });
  for (let n = 0; n < agents; n += 1) {
    const own = ids.filter((_, at) => at % agents === n);
    putAgent(root, `desk-${n}`, { autoRun: { enabled: true, debounceMs: 0 }, slack: { channels: own } });
  }
  const platform = createPlatform(root, clock);
  onTestFinished(() => platform.close());
  return { ...world, clock, root, ids, people, platform };
}

export type Town = Awaited<ReturnType<typeof startTown>>;

/** The agent's own messages in a thread, oldest first; marks are no messages. */
export function answersIn({ slack }: Pick<Town, 'slack'>, channel: string, thread: string): Message[] {
  const { botUser } = slack.app();
  const { messages = [] } = slack.state.channels.find(({ id }) => id === channel) ?? {};
  return messages.filter(({ user, thread_ts }) => user === botUser && thread_ts === thread);
}
