import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRedact, createRedactStream, redactValue } from '../../src/base/redact.ts';

/** Secrets as people have them; none that is a part of the mark itself. */
const secret = fc
  .string({ unit: fc.constantFrom(...'abzAZ019+/=_-.:!"\\ é€'.split('')), minLength: 6, maxLength: 24 })
  .filter((text) => text.trim().length >= 6);
const around = fc.string({ unit: fc.constantFrom(...'xyz 12\n{}'.split('')), maxLength: 12 });

const forms: [string, (secret: string, before: string, after: string) => string][] = [
  ['as it is', (text) => text],
  ['JSON-escaped', (text) => JSON.stringify(text).slice(1, -1)],
  ['url-encoded', encodeURIComponent],
  ['in hex', (text) => Buffer.from(text).toString('hex')],
  ['in upper-case hex', (text) => Buffer.from(text).toString('hex').toUpperCase()],
];

test.each(forms)('a secret never survives %s', (_, write) => {
  fc.assert(
    fc.property(secret, around, around, (text, before, after) => {
      const written = write(text, before, after);
      expect(createRedact([text])(before + written + after)).not.toContain(written);
    }),
  );
});

/** The characters of a base64 text that come from the bytes at [start, end) alone. */
function inner(encoded: string, start: number, end: number): string {
  return encoded.slice(Math.ceil((start * 4) / 3), Math.floor((end * 4) / 3));
}

test.each(['base64', 'base64url'] as const)(
  'a secret never survives inside a longer %s text, such as a Basic pair',
  (as) => {
    fc.assert(
      fc.property(secret, around, around, (text, before, after) => {
        const encoded = Buffer.from(before + text + after).toString(as);
        const start = Buffer.byteLength(before);
        const kept = inner(encoded, start, start + Buffer.byteLength(text));
        expect(createRedact([text])(encoded)).not.toContain(kept);
      }),
    );
  },
);

test('a secret never survives a stream, wherever its chunks are cut', () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 });
  const form = fc.constantFrom(...forms.map(([, write]) => write));
  fc.assert(
    fc.property(secret, form, around, around, cuts, (text, write, before, after, sizes) => {
      const written = write(text, before, after);
      const whole = before + written + after;
      const stream = createRedactStream([text]);
      let out = '';
      for (let at = 0, turn = 0; at < whole.length; turn++) {
        const size = sizes[turn % sizes.length] ?? 1;
        out += stream.write(whole.slice(at, at + size));
        at += size;
      }
      out += stream.end();
      expect(out).not.toContain(written);
    }),
  );
});

test('a stream without secrets holds nothing back, and one with them gives all of it in the end', () => {
  expect(createRedactStream([]).write('hello')).toBe('hello');
  const stream = createRedactStream(['s3cr3t-value']);
  expect(stream.write('hello ') + stream.write('s3cr3t-') + stream.write('value!') + stream.end()).toBe(
    'hello [redacted]!',
  );
  expect(stream.end()).toBe('');
});

test('a secret written with its Bearer goes without it too', () => {
  const redact = createRedact(['Bearer abcdef123']);
  expect(redact('token abcdef123')).toBe('token [redacted]');
  expect(redact('Authorization: Bearer abcdef123')).toBe('Authorization: [redacted]');
});

test('of two secrets the longer one goes first, so that no rest of it stays', () => {
  expect(createRedact(['abcdef', 'abcdefghij'])('x abcdefghij abcdef')).toBe('x [redacted] [redacted]');
});

test('a secret too short to be told from chance is left', () => {
  expect(createRedact(['abc', ''])('abc is abc')).toBe('abc is abc');
});

test('a value is redacted in its texts and its keys, and stays a value', () => {
  const redact = createRedact(['p"ss\\word']);
  const value = { at: 17, list: [{ 'p"ss\\word': 'x p"ss\\word y' }], none: null };
  expect(redactValue(redact, value)).toEqual({ at: 17, list: [{ '[redacted]': 'x [redacted] y' }], none: null });
  expect(redactValue(redact, undefined)).toBeUndefined();
});
