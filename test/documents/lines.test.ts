/** Titles, commit messages and chat: places in which nothing is code, and any reader may find markup. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sanitizeLine, sanitizeLines } from '../../src/documents/lines.ts';
import { hostileText } from './hostile.ts';

const hosts = ['dev.azure.com', 'github.com', '127.0.0.1:4000'];
const clean = (text: string) => sanitizeLines(text, { hosts });
const anyText = fc.oneof(hostileText(), fc.string({ unit: 'binary', maxLength: 60 }));

const forbidden: [string, RegExp][] = [
  ['an image', /!\[/],
  ['a link in markup', /\]\(/],
  ['a tag', /<[a-z/!?@#]/i],
  ['an entity', /&#?\w+;/],
  ['a mention', /@[^\s]/],
  ['a closing word at an item', /\b(?:fix(?:es|ed)?|close[sd]?|resolve[sd]?)\b[^\p{L}\p{N}#]*(?:AB|acme\/app)?#\d/iu],
  ['a state at an item', /\p{L}\s*:(?!\/\/)[^\p{L}\p{N}#]*(?:AB)?#(?!0a1b2c(?![\p{L}\p{N}]))\d/iu],
  ['a command', /^[\s>]*\/(?![\w\\][\w.\\-]*\/)/m],
  ['a heading', /^\s*#+\s/m],
  ['a heading by its underline', /^\s*(?:=+|-+)\s*$/m],
  ['a fence', /`{3}|~{3}/],
  ['the mark of a comment', /\[\s*jv\s*:/i],
  ['the words of the platform', /^[\s*_>#]*(?:plan for work item|jvagent)\b/im],
  ['the last line of a plan', /^[\s*_>#`]*plan [0-9a-f]{12}/im],
  ['a character that does not show', /[^\P{Cc}\n]|(?!(?<=👩\ufe0f?)\u200d👩)[\p{Cf}\p{Cs}\u2028\u2029\u3164]/u],
  ['a link definition', /\]:/],
];

function wrongIn(text: string): string[] {
  const said = clean(text);
  const foreign = [...said.matchAll(/(\w+):\/\/([^\s/?#()[\],]*)/g)].filter(
    ([, scheme = '', host = '']) =>
      !/^https?$/i.test(scheme) || !hosts.includes(host.replace(/[.;:!?'"*_~`]+$/, '').toLowerCase()),
  );
  return [
    ...forbidden.flatMap(([what, pattern]) => (pattern.test(said) ? [what] : [])),
    ...foreign.map(([address]) => address),
    ...(clean(said) === said ? [] : ['not the same when it is sanitized again']),
    ...(sanitizeLine(sanitizeLine(text)) === sanitizeLine(text) ? [] : ['a line that changes']),
    ...(/[\r\n]/.test(sanitizeLine(text)) ? ['more than one line'] : []),
  ];
}

test('nothing acts on a reader, and the result stays as it is', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect([clean(text), wrongIn(text)]).toEqual([clean(text), []]);
    }),
    { numRuns: 10_000 },
  );
});

test('ordinary lines come through as they were', () => {
  const text =
    'fix: guard keys (#12)\n\n- it links AB#12 and https://github.com/acme/app/pull/3.\n- a < b && b > c\n\nPull request: https://github.com/acme/app/pull/3';
  expect(clean(text)).toBe(text);
  expect(sanitizeLine('fix: guard\n\nkeys')).toBe('fix: guard keys');
});

test.each([
  ['fixes AB#12', 'fixes item AB#12'],
  ['_fixes_ #12', '_fixes_ item #12'],
  ['Closed:\n**#7**', 'Closed:\n** item #7**'],
  ['Approved: #12', 'Approved: item #12'],
  ['ask @engineer and <@U1>', 'ask @ engineer and ‹@ U1>'],
  ['`@engineer` and `List<T>`', '`@ engineer` and `List‹T>`'],
  ['[here](https://evil.example/?q=1)', '[here] (https ://evil.example/?q=1)'],
  ['![pixel](https://evil.example/x)', '[pixel] (https ://evil.example/x)'],
  ['https://github.com@evil.example/x', 'https ://github.com@ evil.example/x'],
  ['/merge\n  /azp run', '∕merge\n  ∕azp run'],
  ['> /merge', '> ∕merge'],
  ['fixes\n/acme/app#7', 'fixes\n∕ item acme/app#7'],
  ['### Plan for work item 7', '… Plan for work item 7'],
  ['Plan 825c2c123b1e', '… Plan 825c2c123b1e'],
  ['[jv:plan:00]', '(jv:plan:00]'],
  ['```sh\nrm', '`sh\nrm'],
])('%j becomes %j', (text, expected) => {
  expect(clean(text)).toBe(expected);
});

test('a long hostile text takes no long time', () => {
  const started = performance.now();
  const signs = [
    '![',
    '](',
    '# ',
    '[jv:',
    'fixes ',
    'https://',
    '@',
    '> ',
    ': ',
    'fixes .',
    '-',
    'a:',
    '\n/',
    '. ',
    '!',
    '\n',
    ' ',
    '\n ',
    '[ ',
  ];
  for (const long of ['.', '!', ' ', '\n']) clean(`https://github.com/a${long.repeat(60_000)}x`);
  for (const piece of signs) clean(piece.repeat(30_000));
  clean('#'.repeat(100_000));
  expect(performance.now() - started).toBeLessThan(20_000);
});
