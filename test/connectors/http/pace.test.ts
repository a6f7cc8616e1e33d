import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Clock } from '../../../src/base/clock.ts';
import { createPaces } from '../../../src/connectors/http/pace.ts';

/** A clock on which sleepers wake in their order. */
function sleepersClock() {
  let now = 0;
  const sleepers: { at: number; wake: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    sleep: (ms) => new Promise((wake) => sleepers.push({ at: now + ms, wake })),
  };
  return {
    clock,
    async pass(ms: number) {
      const end = now + ms;
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        const next = sleepers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        sleepers.splice(sleepers.indexOf(next), 1);
        now = next.at;
        next.wake();
      }
      now = end;
    },
  };
}

test('requests that come at once go one after another at the rate', async () => {
  const { clock, pass } = sleepersClock();
  const pace = createPaces(clock).of('token', 4, 'the board');
  const went: number[] = [];
  for (let n = 0; n < 4; n += 1) void pace.place(60_000).then(() => went.push(clock.now()));
  await pass(60_000);
  expect(went).toEqual([0, 15_000, 30_000, 45_000]);
});

test('a wait beyond the limit is reported and takes no slot', async () => {
  const { clock } = sleepersClock();
  const pace = createPaces(clock).of('token', 4, 'the board');
  expect(await pace.place(10_000)).toBe(0);
  expect(await pace.place(10_000)).toBe(15_000);
  expect(await pace.place(10_000)).toBe(15_000);
});

test('waiting requests wait longer when the system asks for a pause', async () => {
  const { clock, pass } = sleepersClock();
  const pace = createPaces(clock).of('token', 4, 'the board');
  await pace.place(60_000);
  let wentAt = 0;
  void pace.place(60_000).then(() => {
    wentAt = clock.now();
  });
  await pass(5_000);
  pace.pause(30_000);
  await pass(60_000);
  expect(wentAt).toBe(35_000);
});

test('a pause outlives the process that was told to wait, and only for its own token', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jvagent-pauses-'));
  const { clock } = sleepersClock();
  const file = join(folder, 'pauses.json');
  createPaces(clock, file).of('secret-token', 60, 'the board').pause(900_000);
  const next = createPaces(clock, file);
  expect(await next.of('secret-token', 60, 'the board').place(10_000)).toBe(900_000);
  expect(await next.of('another-token', 60, 'the board').place(10_000)).toBe(0);
  rmSync(folder, { recursive: true });
});

test.each(['', '{', '[]', '{"2bb80d537b1da3e3": "soon"}'])('a file of pauses that holds %j is none', async (text) => {
  const folder = mkdtempSync(join(tmpdir(), 'jvagent-pauses-'));
  const file = join(folder, 'pauses.json');
  writeFileSync(file, text);
  const { clock } = sleepersClock();
  const pace = createPaces(clock, file).of('token', 60, 'the board');
  expect(await pace.place(10_000)).toBe(0);
  rmSync(folder, { recursive: true });
});

test('a pause until a time that no answer can name, from a clock that was wrong, holds nobody up', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jvagent-pauses-'));
  const file = join(folder, 'pauses.json');
  const { clock } = sleepersClock();
  createPaces({ ...clock, now: () => 86_400_000 }, file)
    .of('token', 60, 'the board')
    .pause(60_000);
  expect(await createPaces(clock, file).of('token', 60, 'the board').place(10_000)).toBe(0);
  rmSync(folder, { recursive: true });
});

test('what another node was told holds here too, for the token of that system, and is told to nobody again', async () => {
  const { clock } = sleepersClock();
  const told: unknown[] = [];
  const paces = createPaces(clock, undefined, (...pause) => told.push(pause));
  const pat = paces.of('pat', 60, 'the board');
  paces.of('pat', 60, 'the repository');
  const other = paces.of('another-token', 60, 'GitHub');
  paces.hold({ 'the repository': 30_000 });
  expect([await pat.place(10_000), await other.place(10_000)]).toEqual([30_000, 0]);
  expect(told).toEqual([]);
  other.pause(60_000);
  expect(told).toEqual([['GitHub', 60_000]]);
  paces.hold({ 'an instance': Number.MAX_SAFE_INTEGER });
  expect(await paces.of('its-token', 60, 'an instance').place(10_000)).toBe(3_600_000);
});
