import { expect, onTestFinished, test, vi } from 'vitest';
import { createBeats, type Heartbeat } from '../../src/agents/config/beats.ts';
import { systemClock } from '../../src/base/clock.ts';
import { createHeartbeats } from '../../src/triggers/heartbeat.ts';

const startedAt = Date.UTC(2026, 10, 20, 12, 0, 30);

function start() {
  vi.useFakeTimers({ now: startedAt });
  const beats: { agentId: string; plannedAt: number; at: number }[] = [];
  const beat = (agentId: string, plannedAt: number) => beats.push({ agentId, plannedAt, at: Date.now() });
  const heartbeats = createHeartbeats({ clock: systemClock, beat });
  onTestFinished(() => {
    heartbeats.stop();
    vi.useRealTimers();
  });
  const of = (agentId: string) => beats.filter((one) => one.agentId === agentId);
  return { heartbeats, beats, of, pass: (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1_000) };
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
