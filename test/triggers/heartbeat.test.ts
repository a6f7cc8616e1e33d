import { expect, onTestFinished, test, vi } from 'vitest';
import { createHeartbeats } from '../../src/triggers/heartbeat.ts';

function start() {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 20, 12, 0, 30) });
  const beats: string[] = [];
  const heartbeats = createHeartbeats({ beat: (agentId) => beats.push(agentId) });
  onTestFinished(() => {
    heartbeats.stop();
    vi.useRealTimers();
  });
  return { heartbeats, beats, pass: (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1_000) };
}

test('each agent beats in its own rhythm', async () => {
  const { heartbeats, beats, pass } = start();
  heartbeats.set([
    { agentId: 'acme', pattern: '* * * * *' },
    { agentId: 'globex', pattern: '*/20 * * * * *' },
  ]);
  await pass(60);
  expect(beats.filter((id) => id === 'acme')).toHaveLength(1);
  expect(beats.filter((id) => id === 'globex')).toHaveLength(3);
});

test('a removed agent no longer beats, and a changed pattern counts from now', async () => {
  const { heartbeats, beats, pass } = start();
  heartbeats.set([
    { agentId: 'acme', pattern: '*/10 * * * * *' },
    { agentId: 'globex', pattern: '*/10 * * * * *' },
  ]);
  heartbeats.set([{ agentId: 'acme', pattern: '*/30 * * * * *' }]);
  await pass(60);
  expect(beats).toEqual(['acme', 'acme']);
});

test('an agent set again as it was beats once a time', async () => {
  const { heartbeats, beats, pass } = start();
  for (let times = 0; times < 3; times++) heartbeats.set([{ agentId: 'acme', pattern: '* * * * *' }]);
  await pass(60);
  expect(beats).toEqual(['acme']);
});

test('a pattern is read in its own time zone', async () => {
  const { heartbeats, beats, pass } = start();
  heartbeats.set([{ agentId: 'acme', pattern: '1 13 * * *', timezone: 'Europe/Berlin' }]);
  await pass(60);
  expect(beats).toEqual(['acme']);
});

test('after the stop nothing beats', async () => {
  const { heartbeats, beats, pass } = start();
  heartbeats.set([{ agentId: 'acme', pattern: '* * * * * *' }]);
  heartbeats.stop();
  await pass(10);
  expect(beats).toEqual([]);
});
