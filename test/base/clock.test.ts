import { once } from 'node:events';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';

test('a time that is over already is not waited for, and Node prints no warning about it', async () => {
  const ended = new AbortController();
  const warned = once(process, 'warning', { signal: ended.signal }).then(
    ([warning]) => String(warning),
    () => 'no warning',
  );
  await systemClock.sleep(-83);
  await systemClock.sleep(20);
  ended.abort();
  expect(await warned).toBe('no warning');
});
