import { expect, test } from 'vitest';
import { assert, messageOf, OutsideError } from '../../src/base/errors.ts';

test.each([
  ['limited', true],
  ['unreachable', true],
  ['failed', true],
  ['auth', false],
  ['conflict', false],
  ['missing', false],
  ['refused', false],
] as const)('what was %s is worth the same request again: %s', (kind, retryable) => {
  expect(new OutsideError('no', { system: 'test', request: 'GET /', kind }).retryable).toBe(retryable);
});

test('anything thrown has a message, and what cannot be is a bug', () => {
  expect([messageOf(new Error('a')), messageOf('b'), messageOf(undefined)]).toEqual(['a', 'b', 'undefined']);
  const nowhere = new AggregateError([new Error('no ::1'), new Error('no 127.0.0.1')]);
  expect(messageOf(nowhere)).toBe('no ::1; no 127.0.0.1');
  expect(() => assert(false, 'never')).toThrow('bug: never');
  assert(1, 'always');
});
