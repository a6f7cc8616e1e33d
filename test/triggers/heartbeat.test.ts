import { expect, onTestFinished, test, vi } from 'vitest';
import { createBeats, type Heartbeat } from '../../src/agents/config/beats.ts';
import { systemClock } from '../../src/base/clock.ts';
import { createHeartbeats } from '../../src/triggers/heartbeat.ts';

const startedAt = Date.UTC(2026, 10, 20, 12, 0, 30);

/** `isAway` says whether a beat is not stored; it is then in `tries` alone. */
function start(isAway: () => boolean | Promise<boolean> = () => false) {
  vi.useFakeTimers({ now: startedAt });
  type Told = { agentId: string; plannedAt: number; at: number };
  const [beats, tries, faults]: [Told[], Told[], unknown[]] = [[], [], []];
  const beat = async (agentId: string, plannedAt: number) => {
    const told = { agentId, plannedAt, at: Date.now() };
    tries.push(told);
    if (await isAway()) throw new Error('the database is away');
    beats.push(told);
  };
  const onFault = (error: unknown) => void faults.push(error);
  const heartbeats = createHeartbeats({ clock: systemClock, beat, onFault });
  onTestFinished(() => {
    heartbeats.stop();
    vi.useRealTimers();
  });
  const of = (agentId: string) => beats.filter((one) => one.agentId === agentId);
  return {
    heartbeats,
    beats,
    tries,
    faults,
    of,
    pass: (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1_000),
  };
}

const everyMinute = { agentId: 'acme', pattern: '* * * * *' };

test('each agent beats in its own rhythm', async () => {
  const { heartbeats, of, pass } = start();
  heartbeats.set([everyMinute, { agentId: 'globex', pattern: '*/20 * * * * *' }]);
  await pass(120);
  expect(of('acme')).toHaveLength(2);
  expect(of('globex')).toHaveLength(6);
});

test('a beat comes at the very time that status tells', async () => {
  const { heartbeats, beats, pass } = start();
  const heartbeat: Heartbeat = { agentId: 'codechange/acme', pattern: '*/5 * * * *', timezone: 'Europe/Berlin' };
  const told = createBeats(heartbeat).after(startedAt);
  heartbeats.set([heartbeat]);
  await pass(300);
  expect(beats).toEqual([{ agentId: 'codechange/acme', ...told }]);
});

test('a removed agent no longer beats, and a changed pattern counts from now', async () => {
  const { heartbeats, beats, pass } = start();
  heartbeats.set([
    { agentId: 'acme', pattern: '*/10 * * * * *' },
    { agentId: 'globex', pattern: '*/10 * * * * *' },
  ]);
  heartbeats.set([{ agentId: 'acme', pattern: '*/30 * * * * *' }]);
  await pass(60);
  expect(beats.map(({ agentId }) => agentId)).toEqual(['acme', 'acme']);
});

test('an agent set again as it was beats once a time', async () => {
  const { heartbeats, beats, pass } = start();
  for (let times = 0; times < 3; times++) heartbeats.set([everyMinute]);
  await pass(60);
  expect(beats).toHaveLength(1);
});

test('a machine that slept over several beats makes up for them with one', async () => {
  const { heartbeats, beats, pass } = start();
  heartbeats.set([everyMinute]);
  vi.setSystemTime(startedAt + 3_600_000);
  await pass(60);
  expect(beats.length).toBeGreaterThan(0);
  expect(beats.length).toBeLessThanOrEqual(2);
});

test('a clock that is set back does not silence an agent until the time is reached again', async () => {
  const { heartbeats, beats, pass } = start();
  heartbeats.set([everyMinute]);
  vi.setSystemTime(startedAt - 3_600_000);
  await pass(180);
  expect(beats.length).toBeGreaterThanOrEqual(2);
});

test('after the stop nothing beats', async () => {
  const { heartbeats, beats, pass } = start();
  heartbeats.set([{ agentId: 'acme', pattern: '* * * * * *' }]);
  heartbeats.stop();
  await pass(10);
  expect(beats).toEqual([]);
});

test('a beat that cannot be stored is repeated less and less often until it is, and its fault is told once', async () => {
  let isAway = true;
  const { heartbeats, beats, tries, faults, pass } = start(() => isAway);
  heartbeats.set([{ agentId: 'acme', pattern: '0 9 * * *', timezone: 'UTC' }]);
  const day = 24 * 3_600;
  const planned = createBeats({ agentId: 'acme', pattern: '0 9 * * *', timezone: 'UTC' }).after(startedAt);
  await pass(day);
  const pausesOf = tries.slice(1).map(({ at }, i) => (at - (tries[i]?.at ?? 0)) / 1_000);
  expect(pausesOf.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  expect(new Set(tries.map(({ plannedAt }) => plannedAt))).toEqual(new Set([planned?.plannedAt]));
  expect(faults).toHaveLength(1);
  isAway = false;
  await pass(60);
  expect(beats).toMatchObject([{ agentId: 'acme', plannedAt: planned?.plannedAt }]);
  await pass(day);
  expect(beats).toHaveLength(2);
});

test('a beat that cannot be stored gives way to the next one, which is on time', async () => {
  let isAway = true;
  const { heartbeats, beats, tries, faults, pass } = start(() => isAway);
  heartbeats.set([everyMinute]);
  await pass(120);
  const planned = [...new Set(tries.map(({ plannedAt }) => plannedAt))];
  expect(planned.map((at) => at - startedAt)).toEqual([30_000, 90_000]);
  expect(faults).toHaveLength(2);
  isAway = false;
  await pass(120);
  const told = beats.map(({ plannedAt }) => plannedAt);
  expect(new Set(told).size).toBe(told.length);
  const next = createBeats(everyMinute).after(startedAt + 120_000);
  expect(beats).toContainEqual({ agentId: 'acme', ...next });
});

test('a beat that takes until after the next one is followed by that one', async () => {
  let takesMs = 100_000;
  const { heartbeats, beats, pass } = start(() => systemClock.sleep(takesMs).then(() => false));
  heartbeats.set([everyMinute]);
  await pass(60);
  takesMs = 0;
  await pass(180);
  expect(beats.map(({ plannedAt }) => plannedAt - startedAt)).toEqual([30_000, 90_000, 150_000, 210_000]);
});

test('after the stop a beat that could not be stored is not repeated', async () => {
  const { heartbeats, tries, pass } = start(() => true);
  heartbeats.set([everyMinute]);
  await pass(60);
  const before = tries.length;
  heartbeats.stop();
  await pass(300);
  expect(tries).toHaveLength(before);
  expect(before).toBeGreaterThan(1);
});
