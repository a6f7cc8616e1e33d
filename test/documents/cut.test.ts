import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutText, endOf, startOf } from '../../src/documents/cut.ts';

test('a text that fits stays as it is, and a cut one says how much is missing', () => {
  expect([startOf('abc', 3), endOf('abc', 3), cutText('abc', 3)]).toEqual(['abc', 'abc', 'abc']);
  expect([startOf('abc', 2), endOf('abc', 2)]).toEqual(['ab', 'bc']);
  expect(cutText('a'.repeat(10), 4)).toMatch(/^aaaa\n\[6 more characters are left out/);
});

test.each(['😀', '👩‍👩‍👧', 'e\u0301', '🇩🇪', '\r\n', 'ก็'])('%j is kept whole or left out', (character) => {
  const text = character.repeat(20);
  for (let max = 0; max <= text.length; max += 1) {
    const whole = Math.floor(max / character.length) * character.length;
    expect(startOf(text, max)).toHaveLength(whole);
    expect(endOf(text, max)).toHaveLength(whole);
  }
});

test('piled-up accents are cut too, and no cut passes the bound or leaves a lone surrogate', () => {
  const zalgo = `e${'\u0301'.repeat(10_000)}`;
  expect(startOf(zalgo, 5_000)).toHaveLength(5_000);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(60), (text, max) => {
      for (const cut of [startOf(text, max), endOf(text, max)]) {
        expect(cut.length).toBeLessThanOrEqual(max);
        expect(cut.isWellFormed()).toBe(text.isWellFormed());
      }
      expect(text.startsWith(startOf(text, max)) && text.endsWith(endOf(text, max))).toBe(true);
    }),
  );
});
