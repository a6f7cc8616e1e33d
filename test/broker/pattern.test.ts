import { expect, test } from 'vitest';
import { matchesPattern } from '../../src/broker/pattern.ts';

test.each([
  ['agent/a/**', 'agent/a', true],
  ['agent/a/**', 'agent/a/b/session/main', true],
  ['agent/a/**', 'agent/ab', false],
  ['agent/a/*', 'agent/a', false],
  ['agent/a/*', 'agent/a/b', true],
  ['agent/a/*', 'agent/a/b/c', false],
  ['agent/**/session/*', 'agent/a/b/session/main', true],
  ['agent/**/session/*', 'agent/session/main', true],
  ['**', 'slack/T/C', true],
  ['agent/a', 'agent/a/b', false],
  ['agent/a/b', 'agent/a', false],
])('%s on %s: %s', (pattern, address, fits) => {
  expect(matchesPattern(pattern, address)).toBe(fits);
});

test('a pattern designed to be slow is fast', () => {
  const started = performance.now();
  expect(matchesPattern(`${'**/'.repeat(130)}x`, Array(200).fill('a').join('/'))).toBe(false);
  expect(performance.now() - started).toBeLessThan(10_000);
});
