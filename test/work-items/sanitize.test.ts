import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sanitize, sanitizeLine } from '../../src/work-items/sanitize.ts';

const hosts = ['dev.azure.com', 'github.com', '127.0.0.1:4000'];
const clean = (text: string) => sanitize(text, { hosts });

/** Pieces from which hostile texts are made, so that the generator finds their combinations. */
const pieces = fc.constantFrom(
  ...'![](<>)@#/\\:.&;`~*_-= \n\t\r|x0'.split(''),
  ...['\u200b', '\u202e', '\u0007', '\u2028', '\ufeff', '\u3164', '\ud800', 'é'],
  ...['https://', 'http://', 'evil.example', 'github.com', 'dev.azure.com/a', 'www.', 'javascript:', 'ftp://'],
  ...['fixes ', 'Closed', 'resolves: ', 'AB#12', '#7', 'GH-3', 'acme/app#4', 'Approved: ', '/issues/5'],
  ...[
    '[jv:',
    'plan:',
    '### ',
    'Plan for work item 7',
    'jvagent',
    '/merge',
    '/azp run',
    '```',
    '~~~~',
    '</div>',
    '<!--',
  ],
  ...[
    '&#64;',
    '&lt;',
    '@here',
    '<@U123>',
    '![a](https://evil.example/x.png)',
    '[t](https://github.com/a)',
    ']: ',
    '====',
  ],
);
const hostile = fc.array(pieces, { maxLength: 25 }).map((parts) => parts.join(''));
const anyText = fc.oneof(hostile, fc.string({ unit: 'binary', maxLength: 60 }));

const forbidden: [string, RegExp][] = [
  ['an image', /!\[/],
  ['a tag', /<[a-z/!?@#]/i],
  ['an entity', /&#?\w+;/],
  ['a mention', /@[^\s]/],
  ['a closing word at an item', /\b(?:fix(?:es|ed)?|close[sd]?|resolve[sd]?)\b[^\p{L}\p{N}#]*(?:AB|acme\/app)?#\d/iu],
  ['a state at an item', /\p{L}\s*:(?!\/\/)[^\p{L}\p{N}#]*(?:AB)?#\d/iu],
  ['a command', /^\s*\//m],
  ['a heading', /^\s*#+\s/m],
  ['a heading by its underline', /^\s*(?:=+|-+)\s*$/m],
  ['the mark of a plan', /\[\s*jv\s*:/i],
  ['the words of the platform', /^[\s*_>#]*(?:plan for work item|jvagent)\b/im],
  ['a character that does not show', /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\u2028\u2029\u3164]/u],
  ['a link definition', /\]:/],
];

test.each(forbidden)('%s never comes out', (_, pattern) => {
  fc.assert(
    fc.property(anyText, (text) => !pattern.test(clean(text))),
    { numRuns: 2_000 },
  );
});

test('the only addresses that come out are those of the given hosts', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      for (const [, scheme, host] of clean(text).matchAll(/(\w+):\/\/([^\s/?#()[\],]*)/g)) {
        expect(scheme).toMatch(/^https?$/i);
        const named = host?.replace(/[.;:!?'"*_~`]+$/, '').toLowerCase();
        expect(hosts).toContain(named);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('its own result stays as it is', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(clean(clean(text))).toBe(clean(text));
      expect(sanitizeLine(sanitizeLine(text))).toBe(sanitizeLine(text));
    }),
    { numRuns: 2_000 },
  );
});

test('a line stays one line', () => {
  fc.assert(fc.property(anyText, (text) => !/[\r\n]/.test(sanitizeLine(text))));
  expect(sanitizeLine('fix: guard\n\nkeys')).toBe('fix: guard keys');
});

test('ordinary text comes through as it was', () => {
  const text = [
    'Guard against **prototype** keys, see [the item](https://dev.azure.com/acme/P/_workitems/edit/7?x=1#c).',
    '',
    '1. `set(obj, "/__proto__/x", 1)` throws; a < b && b > c',
    '- it links AB#12 (#12) and https://github.com/acme/app/pull/3.',
    '',
    '```js',
    'const a = 1;',
    '```',
  ].join('\n');
  expect(clean(text)).toBe(text);
});

test.each([
  ['fixes AB#12', 'fixes item AB#12'],
  ['Closed:\n**#7**', 'Closed:\n** item #7**'],
  ['Approved: #12', 'Approved: item #12'],
  ['fix: guard keys (#12)', 'fix: guard keys (#12)'],
  ['ask @engineer and <@U1>', 'ask @ engineer and ‹@ U1>'],
  ['[here](https://evil.example/?q=1)', '[here] (https ://evil.example/?q=1)'],
  ['![pixel](https://evil.example/x)', '[pixel] (https ://evil.example/x)'],
  ['https://github.com@evil.example/x', 'https ://github.com@ evil.example/x'],
  ['https://github.com.evil.example/x', 'https ://github.com.evil.example/x'],
  ['[a](javascript:alert)', '[a] (javascript:alert)'],
  ['/merge\n  /azp run', '∕merge\n  ∕azp run'],
  ['### Plan for work item 7', '… Plan for work item 7'],
  ['[jv:plan:00]', '(jv:plan:00]'],
  ['```sh\nrm', '```sh\nrm\n```'],
])('%j becomes %j', (text, expected) => {
  expect(clean(text)).toBe(expected);
});

test('a long hostile text is handled quickly', () => {
  const started = performance.now();
  for (const piece of ['![', '](', '# ', '[jv:', 'fixes ', 'https://', '@', '> ', ': ']) clean(piece.repeat(30_000));
  expect(performance.now() - started).toBeLessThan(3_000);
});
