import { expect, onTestFinished, test, vi } from 'vitest';
import { startFirstLooks } from '../../src/triggers/first-looks.ts';

/** When each agent looks, in milliseconds after the start, until `ms` have passed. */
async function looks(agentIds: readonly string[], ms: number) {
  vi.useFakeTimers({ now: 0 });
  onTestFinished(() => void vi.useRealTimers());
  const at = new Map<string, number>();
  const beat = (agentId: string) => {
    expect(at.has(agentId)).toBe(false);
    at.set(agentId, Date.now());
  };
  const stop = startFirstLooks({ agentIds, beat, pauseMs: 2_000, lastMs: 55_000 });
  await vi.advanceTimersByTimeAsync(ms);
  return { at, stop };
}

const many = Array.from({ length: 200 }, (_, n) => `codechange/customer-${n}`);

test('every agent looks once within a minute of the start, and they are spread over it', async () => {
  const { at } = await looks(many, 60_000);
  expect([...at.keys()].sort()).toEqual(many.toSorted());
  const inTenSeconds = Array.from({ length: 6 }, (_, n) =>
    [...at.values()].filter((ms) => Math.floor(ms / 10_000) === n),
  );
  expect(Math.max(...inTenSeconds.map(({ length }) => length))).toBeLessThan(many.length / 3);
});

test('an agent looks at the same time after each start, and soon where there are few', async () => {
  const [first, second] = [await looks(many, 60_000), await looks(many.toReversed(), 60_000)];
  expect(new Map([...second.at].sort())).toEqual(new Map([...first.at].sort()));
  expect((await looks(['codechange/acme'], 2_000)).at.size).toBe(1);
});

test('after the stop nobody looks', async () => {
  const { at, stop } = await looks(many, 0);
  const before = at.size;
  stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(at.size).toBe(before);
});
