import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resolveInside } from '../../src/base/inside.ts';

const base = 'https://acme.example/api/v1/';

test.each([
  ['/items', 'https://acme.example/api/v1/items'],
  ['/items?next=/a/../b%2f&q=..', 'https://acme.example/api/v1/items?next=/a/../b%2f&q=..'],
  ['/a..b/.well-known/$Bug', 'https://acme.example/api/v1/a..b/.well-known/$Bug'],
  ['/My%20Project/x', 'https://acme.example/api/v1/My%20Project/x'],
])('%j stays below the address', (path, url) => {
  expect(resolveInside(base, path)?.href).toBe(url);
});

test.each([
  '//evil/x',
  'https://evil/',
  '..%2f..',
  '\\\\evil',
  '/..',
  '/./x',
  '/a/%2E%2e/x',
  '/a%5c..',
  '/%25252e%25252e',
  '/a\tb',
  '/\u202ex',
])('%j leads out or may, and is refused', (path) => {
  expect(resolveInside(base, path)).toBeUndefined();
});

test('whatever comes through stays below the address', () => {
  const piece = fc.constantFrom(
    '/',
    '.',
    '..',
    '\\',
    '%2f',
    '%2e',
    '%5c',
    '%25',
    '@',
    ':',
    '?',
    '#',
    'evil',
    'https:',
    '\t',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const url = resolveInside(base, pieces.join(''));
      if (url) expect(url.href.startsWith(base)).toBe(true);
    }),
    { numRuns: 3_000 },
  );
});
