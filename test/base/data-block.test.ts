import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dataBlock, textOfBlock } from '../../src/base/data-block.ts';

const hostile = fc.string({ unit: fc.constantFrom('a', '0', '\n', '\u2028', '<<<data ', 'data>>> ', ' title', '> ') });

test('outside text and the name before it cannot end its data block', () => {
  fc.assert(
    fc.property(hostile, hostile, (label, text) => {
      const fenced = dataBlock(`title ${label}`, text);
      const nonce = /^<<<data ([0-9a-f]{12}) title[^\n<>]*\n/.exec(fenced)?.[1] ?? '';
      expect(nonce).not.toBe('');
      expect(fenced.split(nonce)).toHaveLength(3);
      expect(fenced.endsWith(`\ndata>>> ${nonce}`)).toBe(true);
      expect(textOfBlock(fenced)).toBe(text);
    }),
  );
});

test('the same text gets a different data block each time', () => {
  expect(dataBlock('title', 'a')).not.toBe(dataBlock('title', 'a'));
});

test('a text that is not exactly one data block stays as it is', () => {
  const [one, other] = [dataBlock('a', 'b'), dataBlock('c', 'd')];
  for (const text of ['', 'a', `${one} `, `${one}\n${other}`, one.replace(/.$/, 'x')])
    expect(textOfBlock(text)).toBe(text);
});
