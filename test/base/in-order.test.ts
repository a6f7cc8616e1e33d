import { expect, test } from 'vitest';
import { createOrder } from '../../src/base/in-order.ts';

test('a step begins when the one before it has ended, also when that one threw', async () => {
  const inOrder = createOrder();
  const seen: string[] = [];
  let end = () => {};
  const first = inOrder(async () => {
    await new Promise<void>((resolve) => {
      end = resolve;
    });
    seen.push('first');
    throw new Error('first');
  });
  const second = inOrder(() => seen.push('second'));
  await Promise.resolve();
  end();
  await expect(first).rejects.toThrow('first');
  await second;
  expect(seen).toEqual(['first', 'second']);
});
