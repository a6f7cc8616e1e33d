import { expect, test } from 'vitest';
import { canonicalJson, digestOf } from '../../src/base/digest.ts';

test('equal values have equal texts, whatever the order of their names', () => {
  expect(canonicalJson({ b: [2, { z: 1, a: null }], a: 'x' })).toBe('{"a":"x","b":[2,{"a":null,"z":1}]}');
  expect(digestOf({ a: 1, b: { c: 2, d: 3 } })).toBe(digestOf({ b: { d: 3, c: 2 }, a: 1 }));
});

test('lists keep their order, and another value has another digest', () => {
  expect(digestOf([1, 2])).not.toBe(digestOf([2, 1]));
  expect(digestOf({ a: 1 })).toMatch(/^[0-9a-f]{64}$/);
});
