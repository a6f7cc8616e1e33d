import fc from 'fast-check';
import { expect, test } from 'vitest';
import { passagesOf, quoted } from '../../src/work-items/quote.ts';

const words = fc.string({ unit: fc.constantFrom('a', ':', '> ', '>', '\n', '\r', '\u2028', ' commented:\n') });
const lines = (text: string) =>
  text
    .trim()
    .split(/\r\n?|[\n\u2028\u2029]/)
    .join('\n');

test("a person's words stay within their own passage, and nobody's words become another's", () => {
  fc.assert(
    fc.property(words, words, (one, other) => {
      const text = ['Look at this:', quoted('Eve commented', one), quoted('A check failed', other)].join('\n\n');
      expect(passagesOf(text)).toEqual([
        { heading: 'Look at this:' },
        { heading: 'Eve commented', quote: lines(one) },
        { heading: 'A check failed', quote: lines(other) },
      ]);
    }),
  );
});

test('a text without quotes is one passage, and an empty text has none', () => {
  expect(passagesOf('no product\n\nat all')).toEqual([{ heading: 'no product\n\nat all' }]);
  expect(passagesOf('')).toEqual([]);
});

test('a name that begins like a quote is still a heading', () => {
  const text = [quoted('Eve commented', 'a'), quoted('> Eve commented', 'b')].join('\n\n');
  expect(passagesOf(text)).toEqual([
    { heading: 'Eve commented', quote: 'a' },
    { heading: 'Eve commented', quote: 'b' },
  ]);
});
