import { expect, test } from 'vitest';
import { frozenUntil } from '../../../src/work-items/gate/freeze.ts';

const weekend = 'Fri 16:00-Mon 06:00 Europe/Berlin';
const until = (at: string, ...freezes: string[]) => {
  const end = frozenUntil(freezes, Date.parse(at));
  return end === undefined ? undefined : new Date(end).toISOString();
};

test.each([
  ['2026-11-20T14:59:59Z', undefined],
  ['2026-11-20T15:00:00Z', '2026-11-23T05:00:00.000Z'],
  ['2026-11-22T12:34:56Z', '2026-11-23T05:00:00.000Z'],
  ['2026-11-23T04:59:59Z', '2026-11-23T05:00:00.000Z'],
  ['2026-11-23T05:00:00Z', undefined],
])('a weekend in Berlin seen at %s ends at %s', (at, end) => {
  expect(until(at, weekend)).toBe(end);
});

test('a period in which summer time begins or ends is over at its minute on the wall clock', () => {
  // Berlin goes from UTC+1 to UTC+2 on 2026-03-29, and back on 2026-10-25.
  expect(until('2026-03-27T15:00:00Z', weekend)).toBe('2026-03-30T04:00:00.000Z');
  expect(until('2026-10-23T14:00:00Z', weekend)).toBe('2026-10-26T05:00:00.000Z');
});

test('a period within one day does not freeze the days before and after', () => {
  const evening = 'Tue 18:00-Tue 20:00 America/New_York';
  expect(until('2026-11-24T23:30:00Z', evening)).toBe('2026-11-25T01:00:00.000Z');
  expect(until('2026-11-24T22:30:00Z', evening)).toBeUndefined();
  expect(until('2026-11-25T23:30:00Z', evening)).toBeUndefined();
});

test('periods that follow each other count as one', () => {
  const monday = 'Mon 06:00-Mon 08:00 Europe/Berlin';
  expect(until('2026-11-21T12:00:00Z', monday, weekend)).toBe('2026-11-23T07:00:00.000Z');
});

test('a period of a whole week always holds', () => {
  expect(until('2026-11-18T12:00:00Z', 'Mon 00:00-Mon 00:00 UTC')).toBe('2026-11-23T00:00:00.000Z');
});

test('without periods nothing is frozen', () => {
  expect(until('2026-11-21T12:00:00Z')).toBeUndefined();
});
