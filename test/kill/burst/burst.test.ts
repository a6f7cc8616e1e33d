/** People write a thousand messages at once while the platform dies and Slack refuses: each has one answer, in its turn. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createTalks, numbersOf } from './talks.ts';
import { startTown, type Town } from './town.ts';

/** `./jvagent test kill --seed 17` lets the same happen again. */
const seed = Number(process.env.JVAGENT_SEED ?? Date.now() % 100_000);
const [threads, each, channels, agents] = [100, 10, 50, 5];
/** It takes less than a minute; on a machine that does much else, some more. */
const [lookMs, minutesMax] = [50, 8];

type Happening = (town: Town) => void | Promise<void>;

const kill: Happening = async ({ platform }) => {
  await platform.end('SIGKILL');
  platform.start();
};

const refresh: Happening = ({ slack }) => slack.disconnect('refresh_requested');
const cut: Happening = ({ slack }) => slack.cut();

/** Posts are refused, or done without a good answer; marks and reads are refused. */
const refuse: Happening = ({ faults }) => {
  const limited = { status: 429, headers: { 'retry-after': '1' } };
  const strike = (path: string, times: number, how: Parameters<typeof faults.add>[0]['do']) =>
    faults.add({ target: 'slack', match: { path }, times, do: how });
  strike('/chat.postMessage', 5, limited);
  strike('/chat.postMessage', 5, { dropAnswer: true, afterCommit: true });
  strike('/chat.postMessage', 5, { status: 500, afterCommit: true });
  strike('/reactions.add', 3, limited);
  strike('/conversations', 3, limited);
};

const happenings = [refresh, kill, refuse, cut, kill, refresh, refuse, kill];

/** Lets people write, and lets each thing happen at its time, until all is answered or it takes too long. */
async function live(town: Town, talks: ReturnType<typeof createTalks>): Promise<void> {
  const next = numbersOf(seed + 1);
  const part = (threads * each) / (happenings.length + 1);
  const waiting = happenings.map((what, n) => ({ what, after: Math.floor((n + next()) * part) }));
  for (const until = Date.now() + minutesMax * 60_000; Date.now() < until; await pause(lookMs)) {
    const answers = talks.round();
    if (waiting[0] && answers >= waiting[0].after) {
      await pause(next() * 100);
      await waiting.shift()?.what(town);
    }
    if (answers >= threads * each && waiting.length === 0) return;
  }
}

test(
  `of 1,000 messages in 100 threads none is lost, answered twice or out of turn (seed ${seed})`,
  async () => {
    const town = await startTown({ channels, agents });
    const { slack, platform } = town;
    const next = numbersOf(seed + 2);
    // Every third event comes twice, the second time soon or late.
    slack.misbehave({ timetable: (nth) => (nth % 3 === 0 ? [0, Math.floor(next() * 3_000)] : [0]) });
    const talks = createTalks(town, { threads, each, seed });
    platform.start();
    await slack.connected();
    await live(town, talks);
    // What comes late, comes now.
    platform.hurry();
    await slack.idle();
    expect(talks.faults(), platform.said().slice(-3_000)).toEqual([]);
  },
  (minutesMax + 2) * 60_000,
);
