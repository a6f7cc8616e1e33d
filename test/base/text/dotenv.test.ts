/** How a file of settings or secrets is read: as Node reads it, and with a word about each line that cannot be meant. */
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDotenv } from '../../../src/base/text/dotenv.ts';

test('a byte order mark belongs to no name, and Windows line ends to no value', () => {
  expect(readDotenv('\ufeffA=1\r\nB=2\r\n')).toEqual({
    values: { A: '1', B: '2' },
    lines: new Map([
      ['A', 1],
      ['B', 2],
    ]),
    slips: [],
  });
});

test('a name with nothing but spaces behind it is empty, and does not take the next line', () => {
  expect(readDotenv('A=  \nB=1\n').values).toEqual({ A: '', B: '1' });
});

test('lines count through comments, empty lines and values of several lines', () => {
  const { lines, values, slips } = readDotenv(
    '# one\n\nKEY="-----BEGIN\nabc==\n-----END"\n  # two\nexport B = 2 # three\n',
  );
  expect([...lines]).toEqual([
    ['KEY', 3],
    ['B', 7],
  ]);
  expect(values).toEqual({ KEY: '-----BEGIN\nabc==\n-----END', B: '2' });
  expect(slips).toEqual([]);
});

test.each([
  ['A=ab#cd', 'the value of A is cut at its #', true],
  ['A=#cd', 'the value of A is cut at its #', true],
  ['A="ab"cd', 'the value of A goes on after its closing quotes, and that part is not read', true],
  ['A="ab', 'A has quotes that do not close', true],
  ['A="ab\nB=1\nC="cd"', 'the quotes of A close on a later line, so the lines between are part of its value', true],
  ['A=1\nA=2', 'A is set twice: this line counts, line 1 does not', false],
  ['A B=1', 'the text before = is not a name', false],
  ['A-B=1', 'the text before = is not a name', false],
  ['=1', 'this line is not read: it is not NAME=value', false],
  ['ghp_1234', 'this line is not read: it is not NAME=value', false],
])('%j is told: %s', (text, message, isWrong) => {
  const found = readDotenv(text).slips[0];
  expect(found).toMatchObject({ message, isWrong, line: message.includes('twice') ? 2 : 1 });
  expect(JSON.stringify(found)).not.toMatch(/cd|ab|ghp/);
});

test('what is meant is not told: comments, quotes, empty values, a # in quotes', () => {
  expect(readDotenv('A=1 # one\nB= # two\nC="x#y" # three\nD=\nE=a=b\nF=it\'s\n#G=1\n').slips).toEqual([]);
});

test('a text without a slip reads exactly as Node reads it', () => {
  const piece = fc.constantFrom('A', 'B_1', '=', '=', '"', "'", '`', '#', '\n', '\n', ' ', 'x', 'export ');
  const isRepaired = (text: string) => /=[ \t]+(\n|$)|^[ \t]+#|^\s*export .*=[ \t]*(\n|$)/m.test(text);
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('');
      const read = readDotenv(text);
      if (!isRepaired(text) && read.slips.length === 0) expect(read.values).toEqual({ ...parseEnv(text) });
    }),
    { numRuns: 3_000 },
  );
});
