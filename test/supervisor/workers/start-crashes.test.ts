import { expect, test } from 'vitest';
import { createLog } from '../../../src/base/log.ts';
import { createStartCrashes } from '../../../src/supervisor/workers/start-crashes.ts';

function begin() {
  const clock = { time: 0, now: () => clock.time };
  let starts = 0;
  const crashes = createStartCrashes(clock, createLog('test', 'fatal'));
  const dies = () => {
    starts += 1;
    return Promise.reject(new Error('the other process has ended'));
  };
  return { clock, crashes, dies, starts: () => starts };
}

test('a worker that ends while it starts is started again after a second, half a minute, five minutes and then each hour', async () => {
  const { clock, crashes, dies } = begin();
  const pauses: number[] = [];
  for (let times = 0; times < 5; times++) {
    const refusal = await crashes.guard('codechange/acme', dies);
    expect(refusal).toMatchObject({ refused: 'CRASHED' });
    pauses.push(((refusal as { until?: number }).until ?? 0) - clock.time);
  }
  expect(pauses).toEqual([1_000, 30_000, 300_000, 3_600_000, 3_600_000]);
});

test('until then it is refused with the reason, for that agent alone, and a good start ends it', async () => {
  const { clock, crashes, dies } = begin();
  await crashes.guard('codechange/acme', dies);
  expect(crashes.refusal('codechange/acme')?.why).toContain('the other process has ended');
  expect(crashes.refusal('codechange/globex')).toBeUndefined();
  clock.time = 1_000;
  expect(crashes.refusal('codechange/acme')).toBeUndefined();
  expect(await crashes.guard('codechange/acme', async () => 'up')).toBe('up');
  await crashes.guard('codechange/acme', dies);
  expect(crashes.refusal('codechange/acme')?.until).toBe(2_000);
  crashes.forget('codechange/acme');
  expect(crashes.refusal('codechange/acme')).toBeUndefined();
});
