import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRedact, createRedactStream, marksIn, type NamedSecret, redactValue } from '../../src/base/redact.ts';

const named = (...values: string[]): NamedSecret[] => values.map((value) => ({ name: 'CRM_TOKEN', value }));
const mark = '[jvagent-redacted:CRM_TOKEN]';

/** Secrets as people have them; none that is a part of the mark itself. */
const secret = fc
  .string({ unit: fc.constantFrom(...'abzAZ019+/=_-.:!"\\ é€'.split('')), minLength: 12, maxLength: 30 })
  .filter((text) => text.trim().length >= 12);
const around = fc.string({ unit: fc.constantFrom(...'xyz 12\n{}'.split('')), maxLength: 12 });

const forms: [string, (secret: string, before: string, after: string) => string][] = [
  ['as it is', (text) => text],
  ['JSON-escaped', (text) => JSON.stringify(text).slice(1, -1)],
  ['JSON-escaped in a text of JSON', (text) => JSON.stringify(JSON.stringify(text).slice(1, -1)).slice(1, -1)],
  ['url-encoded', encodeURIComponent],
  ['in hex', (text) => Buffer.from(text).toString('hex')],
  ['in upper-case hex', (text) => Buffer.from(text).toString('hex').toUpperCase()],
];

test.each(forms)('a secret never survives %s', (_, write) => {
  fc.assert(
    fc.property(secret, around, around, (text, before, after) => {
      const written = write(text, before, after);
      expect(createRedact(named(text))(before + written + after)).not.toContain(written);
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
        expect(createRedact(named(text))(encoded)).not.toContain(kept);
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
      const stream = createRedactStream(named(text));
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
  const stream = createRedactStream(named('s3cr3t-value'));
  expect(stream.write('hello ') + stream.write('s3cr3t-') + stream.write('value!') + stream.end()).toBe(
    `hello ${mark}!`,
  );
  expect(stream.end()).toBe('');
});

test('a secret written with Bearer is hidden without it too', () => {
  const redact = createRedact(named('Bearer abcdef123456'));
  expect(redact('token abcdef123456')).toBe(`token ${mark}`);
  expect(redact('Authorization: Bearer abcdef123456')).toBe(`Authorization: ${mark}`);
});

test('the mark names the secret, and nothing is left of two that overlap', () => {
  const redact = createRedact([
    { name: 'SHORT_KEY', value: 'abcdefghijkl' },
    { name: 'LONG_KEY', value: 'abcdefghijklmnop' },
    { name: 'TAIL_KEY', value: 'mnopqrstuvwxyz' },
  ]);
  expect(redact('x abcdefghijklmnop abcdefghijkl')).toBe('x [jvagent-redacted:LONG_KEY] [jvagent-redacted:SHORT_KEY]');
  expect(redact('x abcdefghijklmnopqrstuvwxyz y')).toBe('x [jvagent-redacted:LONG_KEY] y');
});

test('it leaves its own marks alone, even if a value is its own name', () => {
  const redact = createRedact([{ name: 'CRM_TOKEN', value: 'CRM_TOKEN' }]);
  expect(redact(redact('CRM_TOKEN is set'))).toBe(`${mark} is set`);
  // The mark of no secret of ours hides nothing.
  expect(createRedact(named('ghp_0123456789'))('[jvagent-redacted:ghp_0123456789]')).not.toContain('ghp_0123456789');
});

test('a short secret is hidden only as a whole word, whatever surrounds it', () => {
  const redact = createRedact(named('product1'));
  for (const text of [
    'product1',
    'is product1.',
    '"product1"',
    'a/product1/b',
    'product1-x',
    'https://x?k=product1&y',
  ]) {
    expect(redact(text)).toBe(text.replace('product1', mark));
  }
  for (const text of ['product12', 'byproduct1', 'product1ö', 'my_product1', 'product1_x'])
    expect(redact(text)).toBe(text);
  const escaped = ['\\nproduct1', '\\u00e9product1', '%2Fproduct1', '\u001b[31mproduct1'];
  for (const text of escaped) expect(redact(text)).toBe(text.replace('product1', mark));
});

test('other forms of a short secret are hidden too; they are too long to match by chance', () => {
  const redact = createRedact(named('product1'));
  for (const as of ['base64', 'base64url', 'hex'] as const) {
    const text = Buffer.from('product1').toString(as);
    expect(redact(`x ${text} y`)).toContain(mark);
  }
  expect(redact(Buffer.from('user:product1').toString('base64'))).toContain(mark);
  fc.assert(fc.property(fc.base64String({ minLength: 64, maxLength: 64 }), (text) => redact(text) === text));
});

test('a value too short to distinguish from chance is left alone', () => {
  expect(createRedact(named('abcdefg', ''))('abcdefg is abcdefg')).toBe('abcdefg is abcdefg');
});

test('a value is redacted in its texts and its keys, and stays a value', () => {
  const redact = createRedact(named('p"ss\\word-of-acme'));
  const value = { at: 17, list: [{ 'p"ss\\word-of-acme': 'x p"ss\\word-of-acme y' }], none: null };
  expect(redactValue(redact, value)).toEqual({ at: 17, list: [{ [mark]: `x ${mark} y` }], none: null });
  expect(redactValue(redact, undefined)).toBeUndefined();
});

test('a mark is found whatever its secret is called, and where each letter takes two bytes', () => {
  for (const name of ['crm-token', 'CRM.TOKEN', `${'LONG_'.repeat(30)}KEY`]) {
    const text = createRedact([{ name, value: 'abcdefgh12345678' }])('is abcdefgh12345678');
    expect([...marksIn(text).keys()]).toEqual([`[jvagent-redacted:${name}]`]);
  }
  expect(marksIn(Buffer.from(`a ${mark}`, 'utf16le').toString('latin1'))).toEqual(new Map([[mark, 1]]));
  expect(marksIn('[jvagent-redacted: is not closed\n]').size).toBe(0);
});

test('marks are counted by the secret that they name', () => {
  expect([...marksIn(`a ${mark} b ${mark} [jvagent-redacted:] [redacted] [jvagent-redacted:X]`)]).toEqual([
    [mark, 2],
    ['[jvagent-redacted:X]', 1],
  ]);
});
