import { expect, test } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { systemClock } from '../../src/base/clock.ts';
import { startLoop } from '../../src/base/loop.ts';

/** Sleeps last until they are ended by hand or by their signal. */
function handClock() {
  const sleeps: { ms: number; end: () => void }[] = [];
  const clock: Clock = {
    now: () => 0,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        sleeps.push({ ms, end: resolve });
        signal?.addEventListener('abort', () => resolve(), { once: true });
      }),
  };
  return { clock, sleeps };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

function start(step: () => Promise<void>, waitsFirst = false) {
  const { clock, sleeps } = handClock();
  const errors: unknown[] = [];
  const loop = startLoop({ clock, pauseMs: 250, waitsFirst, step, onError: (error) => errors.push(error) });
  return { loop, sleeps, errors };
}

test('a loop takes a step at once, then one after each pause', async () => {
  let steps = 0;
  const { loop, sleeps } = start(async () => void steps++);
  await settled();
  expect([steps, sleeps.at(-1)?.ms]).toEqual([1, 250]);
  sleeps.at(-1)?.end();
  await settled();
  expect(steps).toBe(2);
  await loop.stop();
});

test('a loop that waits first takes no step before a pause or a poke, and none if it is stopped before', async () => {
  let steps = 0;
  const one = start(async () => void steps++, true);
  await settled();
  expect([steps, one.sleeps.length]).toEqual([0, 1]);
  one.sleeps.at(-1)?.end();
  await settled();
  expect([steps, one.sleeps.length]).toEqual([1, 2]);
  await one.loop.stop();
  const poked = start(async () => void steps++, true);
  poked.loop.poke();
  await settled();
  expect(steps).toBe(2);
  await poked.loop.stop();
  await start(async () => void steps++, true).loop.stop();
  expect(steps).toBe(2);
});

test('a poke ends the pause, and one during a step brings one more step', async () => {
  let steps = 0;
  const { loop, sleeps } = start(async () => {
    steps++;
    if (steps === 2) loop.poke();
  });
  await settled();
  loop.poke();
  await settled();
  expect([steps, sleeps.length]).toEqual([3, 2]);
  await loop.stop();
});

test('a step that throws is reported, and the loop continues', async () => {
  let steps = 0;
  const { loop, errors } = start(async () => {
    if (++steps === 1) throw new Error('once');
  });
  await settled();
  loop.poke();
  await settled();
  expect([steps, errors.length]).toEqual([2, 1]);
  await loop.stop();
});

test('a stop waits for the running step, and starts no new one', async () => {
  let finish = () => {};
  let steps = 0;
  const { loop } = start(() => {
    steps++;
    return new Promise<void>((resolve) => {
      finish = resolve;
    });
  });
  await settled();
  let stopped = false;
  const stop = loop.stop().then(() => {
    stopped = true;
  });
  await settled();
  expect(stopped).toBe(false);
  loop.poke();
  finish();
  await stop;
  expect(steps).toBe(1);
});

test("the system's clock sleeps until its time or its signal", async () => {
  const abort = new AbortController();
  const early = systemClock.sleep(60_000, abort.signal);
  abort.abort();
  await early;
  await systemClock.sleep(60_000, abort.signal);
  const before = systemClock.now();
  await systemClock.sleep(15);
  expect(systemClock.now() - before).toBeGreaterThanOrEqual(13);
});

test('a loop tells when a step last succeeded, not when one failed', async () => {
  let now = 1;
  let fails = false;
  const { clock, sleeps } = handClock();
  const step = async () => {
    if (fails) throw new Error('no');
  };
  const loop = startLoop({ clock: { ...clock, now: () => now }, pauseMs: 250, step, onError: () => {} });
  await settled();
  now = 2;
  sleeps.at(-1)?.end();
  await settled();
  expect(loop.succeededAt()).toBe(2);
  now = 3;
  fails = true;
  sleeps.at(-1)?.end();
  await settled();
  expect(loop.succeededAt()).toBe(2);
  await loop.stop();
});
