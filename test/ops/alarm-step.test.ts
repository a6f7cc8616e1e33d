import { expect, test } from 'vitest';
import { limits } from '../../src/limits.ts';
import { type AlarmPace, type AlarmWords, alarmStep, usualPace } from '../../src/ops/alarm-step.ts';
import type { Alarm } from '../../src/status/alarm.ts';
import { openTestStore } from '../store/fixture.ts';

const minute = 60_000;
const hour = 60 * minute;
const words: AlarmWords = {
  begins: ({ key }) => key,
  over: ({ key }) => `over ${key}`,
  more: (count) => `${count} more`,
};

function alarm(key: string, more: Partial<Alarm> = {}): Alarm {
  const what = { kind: 'model', agentId: 'codechange/acme', code: null, why: 'it fails', fix: 'Wait.' } as const;
  return { key, ...what, since: null, nextLookAt: null, ...more };
}

/** A watch over a store, with the time that a test gives; `say` tells what a step told. */
async function watch(pace: AlarmPace = usualPace) {
  let { store, clock, folder } = await openTestStore();
  const told: { at: number; text: string }[] = [];
  return {
    /** Some time later, these are there. */
    async say(minutes: number, ...alarms: Alarm[]): Promise<string[]> {
      clock.time += minutes * minute;
      const now = clock.time;
      const toldInHour = told.filter(({ at }) => at > now - hour).length;
      const step = alarmStep({ alarms, known: await store.alarms.list(), toldInHour, now, pace }, words);
      await store.alarms.store(step);
      told.push(...step.lines.map((text) => ({ at: now, text })));
      return [...step.lines];
    },
    async restart() {
      const { time } = clock;
      ({ store, clock, folder } = await openTestStore({ folder }));
      clock.time = time;
    },
    known: () => store.alarms.list(),
  };
}

test('an alarm is told once it has held for its time, and not again while it stays, whatever is restarted', async () => {
  const { say, restart } = await watch();
  expect(await say(0, alarm('a'))).toEqual([]);
  expect(await say(4, alarm('a'))).toEqual([]);
  expect(await say(1, alarm('a'))).toEqual(['a']);
  expect(await say(1, alarm('a', { why: 'it still fails' }))).toEqual([]);
  await restart();
  expect(await say(600, alarm('a'))).toEqual([]);
});

test('its end is told once, when it has been over for a while, and after that it may come again', async () => {
  const { say, restart, known } = await watch();
  await say(0, alarm('a'));
  await say(5, alarm('a'));
  expect(await say(1)).toEqual([]);
  await restart();
  expect(await say(limits.alarmOverMinutes)).toEqual(['over a']);
  expect(await known()).toEqual([]);
  expect(await say(1)).toEqual([]);
  await say(1, alarm('a'));
  expect(await say(5, alarm('a'))).toEqual(['a']);
});

test('one that comes and goes is not told at all before it holds, and not again while it is told', async () => {
  const { say } = await watch();
  for (let n = 0; n < 5; n += 1) {
    expect(await say(1, alarm('a'))).toEqual([]);
    expect(await say(4)).toEqual([]);
  }
  await say(1, alarm('a'));
  expect(await say(5, alarm('a'))).toEqual(['a']);
  for (let n = 0; n < 5; n += 1) {
    expect(await say(1)).toEqual([]);
    expect(await say(limits.alarmOverMinutes - 1, alarm('a'))).toEqual([]);
  }
});

test('each kind has its own time', async () => {
  const { say } = await watch();
  expect(await say(0, alarm('a', { kind: 'audit' }), alarm('b', { kind: 'hold' }))).toEqual(['a']);
  expect(await say(1, alarm('a', { kind: 'audit' }), alarm('b', { kind: 'hold' }))).toEqual(['b']);
});

const atOnce: AlarmPace = { ...usualPace, holdMsOf: () => 0, overMsOf: () => 0 };
const many = (count: number, from = 0) => Array.from({ length: count }, (_, n) => alarm(`a${from + n}`));

test('no more than so many lines are told in an hour; the last says how many more there are', async () => {
  const { say } = await watch(atOnce);
  const max = limits.alarmLinesPerHourMax;
  const first = await say(0, ...many(max + 10));
  expect(first).toHaveLength(max);
  expect(first.slice(-2)).toEqual([`a${max - 2}`, '11 more']);
  expect(await say(1, ...many(max + 12))).toEqual([]);
  // Those that came since, an hour later.
  expect(await say(60, ...many(max + 12))).toEqual([`a${max + 10}`, `a${max + 11}`]);
});

test('the end of what was only counted is not told', async () => {
  const { say, known } = await watch(atOnce);
  const max = limits.alarmLinesPerHourMax;
  await say(0, ...many(max + 10));
  const ends = many(max - 1).map(({ key }) => `over ${key}`);
  expect((await say(61)).sort()).toEqual(ends.sort());
  expect(await known()).toEqual([]);
});

test('an end for which there is no room in this hour is told in the next', async () => {
  const { say, known } = await watch(atOnce);
  const max = limits.alarmLinesPerHourMax;
  await say(0, ...many(max + 10));
  expect(await say(1)).toEqual([]);
  expect(await known()).toHaveLength(max - 1);
  expect(await say(60)).toHaveLength(max - 1);
  expect(await known()).toEqual([]);
});
