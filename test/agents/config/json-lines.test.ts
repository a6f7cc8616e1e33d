import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readJsonText } from '../../../src/agents/config/json-lines.ts';

test('reads what JSON.parse reads, to the same value', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(undefined, 2, '\t'), (text, space) => {
      const spaced = JSON.stringify(JSON.parse(text), null, space);
      fc.pre(!spaced.includes('"__proto__":'));
      const { value, faults } = readJsonText(spaced, 32);
      expect(faults).toEqual([]);
      expect(value).toEqual(JSON.parse(spaced));
    }),
  );
});

test('refuses what JSON.parse refuses', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'{}[],:"\\ \n1a-.e0tru') }), (text) => {
      let valid = true;
      try {
        JSON.parse(text);
      } catch {
        valid = false;
      }
      const { faults } = readJsonText(text, 1_000);
      const duplicates = faults.filter((fault) => fault.message.includes('twice'));
      expect(faults.length === duplicates.length).toBe(valid);
    }),
    { numRuns: 2_000 },
  );
});

test('knows the line of each value, and of the nearest one around a missing one', () => {
  const { lineOf } = readJsonText('{\n "a": [\n  1,\n  {"b": "x\\ny"}\n ],\n "c": 2\n}', 8);
  expect(lineOf([])).toBe(1);
  expect(lineOf(['a'])).toBe(2);
  expect(lineOf(['a', 1, 'b'])).toBe(4);
  expect(lineOf(['a', 1, 'missing', 'deep'])).toBe(4);
  expect(lineOf(['c'])).toBe(6);
});

test('names the line of a trailing comma, a duplicate name and __proto__', () => {
  expect(readJsonText('{\n "a": 1,\n}', 8).faults).toMatchObject([
    { line: 2, message: expect.stringContaining('comma') },
  ]);
  const { faults } = readJsonText('{\n "a": 1,\n "a": 2,\n "b": {\n  "__proto__": {}\n }\n}', 8);
  expect(faults).toMatchObject([
    { line: 3, path: ['a'] },
    { line: 5, path: ['b', '__proto__'] },
  ]);
});

test.each([
  ['{"a": 1,}', 1, 'the last member has a comma after it'],
  ['{\n "a": [1,\n 2,\n ]\n}', 3, 'the last member has a comma after it'],
  ['{\n "a" 1}', 2, "':' is expected here: found 1"],
  ['{\n "a": 1\n "b": 2\n}', 3, '\',\' is expected here, or the end of the list: found "b"'],
  ['{\n "a": \n}', 3, 'a value is expected here: found }'],
  ['{\n "a": 1', 2, "'}' is expected here: the file ends"],
  ['{\n // why\n "a": 1}', 2, 'JSON has no comments: found // why'],
  ["{\n 'a': 1}", 2, 'this is not a value of JSON'],
  ['{\n "a": "x\ty"}', 2, 'a text holds a control character'],
  ['{\n "a": "x', 2, 'a text has no closing quote'],
  ['{\n "a": 01}', 2, 'expected here'],
  ['{}\n{}', 2, 'the file goes on after its value'],
  ['', 1, 'a value is expected here: the file ends'],
  ['\ufeff{}', 1, ''],
  ['\n\u00a0{}', 2, ''],
])('says of %j at which line it goes wrong, and how', (text, line, message) => {
  expect(readJsonText(text, 8)).toMatchObject({
    value: undefined,
    faults: [{ line, message: expect.stringContaining(message) }],
  });
});

test('gives no member by the name of __proto__, at any depth', () => {
  const { value } = readJsonText('{"a": {"__proto__": {"isAdmin": true}}, "b": [{"__proto__": 1}]}', 8);
  expect(JSON.stringify(value)).toBe('{"a":{},"b":[{}]}');
  expect((value as { a: { isAdmin?: boolean } }).a.isAdmin).toBeUndefined();
});

test('refuses ten thousand nested arrays and objects without falling over', () => {
  for (const text of ['['.repeat(10_000), '{"a":'.repeat(10_000)]) {
    expect(readJsonText(text, 32).faults).toMatchObject([{ message: 'nested deeper than 32' }]);
  }
});
