import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fence, unfenced } from '../../src/base/fence.ts';

const hostile = fc.string({ unit: fc.constantFrom('a', '0', '\n', '\u2028', '<<<data ', 'data>>> ', ' title', '> ') });

test('outside text cannot end its own fence, nor can the name that stands before it', () => {
  fc.assert(
    fc.property(hostile, hostile, (label, text) => {
      const fenced = fence(`title ${label}`, text);
      const nonce = /^<<<data ([0-9a-f]{12}) title[^\n<>]*\n/.exec(fenced)?.[1] ?? '';
      expect(nonce).not.toBe('');
      expect(fenced.split(nonce)).toHaveLength(3);
      expect(fenced.endsWith(`\ndata>>> ${nonce}`)).toBe(true);
      expect(unfenced(fenced)).toBe(text);
    }),
  );
});

test('the same text is fenced differently each time', () => {
  expect(fence('title', 'a')).not.toBe(fence('title', 'a'));
});

test('a text that is no fence, or two of them, stays as it is', () => {
  const [one, other] = [fence('a', 'b'), fence('c', 'd')];
  for (const text of ['', 'a', `${one} `, `${one}\n${other}`, one.replace(/.$/, 'x')])
    expect(unfenced(text)).toBe(text);
});
