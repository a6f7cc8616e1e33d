/** Names of branches that we read or target, held against git's own check. */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { branchName } from '../../../src/agents/config/branch-name.ts';

const takes = (name: string) => branchName.safeParse(name).success;

const gitTakes = (name: string) =>
  spawnSync('/usr/bin/git', ['check-ref-format', '--branch', name], { cwd: '/', env: { LANG: 'C.UTF-8' } }).status ===
  0;

/** Where we are stricter than git: what does not show, what may be read as a refspec, and what is too long for a file name. */
const isStricter = (name: string) =>
  /^\+|[\p{C}\p{Z}\ufffd]/u.test(name) || Buffer.byteLength(name) > 200 || name === '';

test.each([
  ...[
    'main',
    'customer/acme',
    'kunde/müller',
    'kunde/müller+eu',
    'release/2.0+eu',
    'a@b',
    '@',
    'Customer/ACME',
    'v1.2.3',
  ],
  ...[
    'user/jörg/fix',
    '日本語',
    'a-b_c',
    "it's",
    'a,b;c=d',
    '{a}',
    'a]',
    '#12',
    '%2f',
    '$x',
    'a"b',
    '(x)',
    '!x',
    '😀',
    '_',
  ],
])('%j is a branch', (name) => {
  expect(takes(name)).toBe(true);
  expect(gitTakes(name), 'for git too').toBe(true);
});

test.each([
  ['-x', '"-x" begins with -'],
  ['--upload-pack=touch x', 'holds U+0020'],
  ['--upload-pack=x', 'begins with -'],
  ['+main', '"+main" begins with +'],
  [':main', '":main" holds U+003A (:)'],
  ['main:evil', '"main:evil" holds U+003A (:)'],
  ['a..b', 'holds two dots'],
  ['a/../b', 'holds two dots'],
  ['.a', 'has the part ".a"'],
  ['a/.b', 'has the part ".b"'],
  ['a.lock/b', 'has the part "a.lock"'],
  ['a.lock', 'has the part "a.lock"'],
  ['a.', 'ends with a dot'],
  ['/a', 'has an empty part'],
  ['a/', 'has an empty part'],
  ['a//b', 'has an empty part'],
  ['', 'has an empty part'],
  ['HEAD', 'current commit'],
  ['a@{1}', 'holds @{'],
  ['a~1', 'holds U+007E (~)'],
  ['a^', 'holds U+005E (^)'],
  ['a*', 'holds U+002A (*)'],
  ['a?', 'holds U+003F (?)'],
  ['a[b', 'holds U+005B ([)'],
  ['a\\b', 'holds U+005C (\\)'],
  ['a\nb', String.raw`"a\nb" holds U+000A`],
  ['a\u202eb', String.raw`"a\u202eb" holds U+202E`],
  ['a\u200bb', String.raw`"a\u200bb" holds U+200B`],
  ['ü'.repeat(101), 'is longer than 200 bytes'],
])('%j is none, and the fault says why', (name, why) => {
  const { error } = branchName.safeParse(name);
  expect(error?.issues.map(({ message }) => message)).toEqual([expect.stringContaining(why)]);
});

test('is what git takes, but for what we refuse on purpose', { timeout: 120_000 }, () => {
  const piece = fc.constantFrom(
    ...[
      'a',
      'B',
      '0',
      'ü',
      '😀',
      '/',
      '//',
      '.',
      '..',
      '.lock',
      '-',
      '+',
      '@',
      '@{',
      '{',
      '~',
      '^',
      ':',
      '?',
      '*',
      '[',
    ],
    ...[
      ']',
      '\\',
      ' ',
      '\n',
      '\x7f',
      '\u202e',
      '\u00a0',
      'HEAD',
      'refs/heads/',
      '#',
      '%',
      '!',
      '"',
      "'",
      '$',
      '&',
      '(',
    ],
  );
  const pieces = fc.array(piece, { minLength: 1, maxLength: 5 }).map((taken) => taken.join(''));
  const names = fc.oneof(
    pieces,
    fc.string({ unit: 'grapheme', maxLength: 12 }).filter((name) => !name.includes('\0')),
  );
  fc.assert(
    fc.property(names, (name) => {
      expect(takes(name)).toBe(!isStricter(name) && gitTakes(name));
    }),
    { numRuns: 300 },
  );
});
