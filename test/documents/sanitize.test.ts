import fc from 'fast-check';
import type { Nodes, Root } from 'mdast';
import { visit } from 'unist-util-visit';
import { expect, test } from 'vitest';
import { isParseable } from '../../src/documents/bounds.ts';
import { codeBlock, sanitize } from '../../src/documents/sanitize.ts';
import { hostileText } from './hostile.ts';
import { readMarkdown } from './reader.ts';

const hosts = ['dev.azure.com', 'github.com', '127.0.0.1:4000'];
const clean = (text: string) => sanitize(text, { hosts });
const anyText = fc.oneof(hostileText(), hostileText(80), fc.string({ unit: 'binary', maxLength: 60 }));

const closing = '\\b(?:fix(?:es|ed)?|close[sd]?|resolve[sd]?)\\b[^\\p{L}\\p{N}#`]*(?:AB|acme\\/app)?#\\d';

/** In what is no code. */
const forbidden: [string, RegExp][] = [
  ['an image', /!\[/],
  ['a tag', /<[a-z/!?@#]/i],
  ['an entity', /&#?\w+;/],
  ['a mention', /@[^\s]/],
  ['a closing word at an item', new RegExp(closing, 'iu')],
  ['a state at an item', /\p{L}\s*:(?!\/\/)[^\p{L}\p{N}#`]*(?:AB)?#(?!0a1b2c(?![\p{L}\p{N}]))\d/iu],
  ['a command', /^[\s>]*\/(?![\w\\][\w.\\-]*\/)/m],
  // No reader takes another blank for a space here: neither CommonMark, GitHub nor markdown-it, which Azure DevOps uses.
  ['a heading', /^[ \t>]*#+(?:[ \t]|$)/m],
  ['a heading by its underline', /^[ \t>]*(?:=+|-+)[ \t]*$/m],
  ['the words of the platform', /^[\s*_>#]*(?:plan for work item|jvagent)\b/im],
  ['a link definition', /\]:/],
  ['an address of no use', /\b(?:javascript|mailto|ftp):\/\//i],
];

/** In all of it, code too: there are readers that know no code. */
const forbiddenInCode: [string, RegExp][] = [
  ['the mark of a comment', /\[\s*jv\s*:/i],
  ['the last line of a plan', /^[\s*_>#`]*plan [0-9a-f]{12}\b/im],
  ['a mention of an identity', /@</],
  ['a line that is a command', /^\s*\/(?:merge|azp run)\s*$/m],
  ['a closing word at an item', new RegExp(closing, 'iu')],
  ['a character that does not show', /[^\P{Cc}\n\t]|(?!(?<=👩\ufe0f?)\u200d👩)[\p{Cf}\p{Cs}\u2028\u2029\u3164]/u],
];

/** What a reader makes of it, beyond words, code, lists, quotes, tables and rules. */
function actingNodes(root: Root): string[] {
  const acting: string[] = [];
  visit(root, (node: Nodes) => {
    if (/^(?:html|image|heading|definition|footnote\w+|\w+Reference)$/.test(node.type)) acting.push(node.type);
    if (node.type === 'link' && !hosts.includes(new URL(node.url).host)) acting.push(node.url);
  });
  return acting;
}

function wrongIn(text: string): unknown[] {
  const markdown = clean(text);
  const { root, outsideCode: said } = readMarkdown(markdown);
  const addresses = [...said.matchAll(/(\w+):\/\/([^\s/?#()[\],]*)/g)].filter(
    ([, scheme = '', host = '']) =>
      !/^https?$/i.test(scheme) || !hosts.includes(host.replace(/[.;:!?'"*_~`]+$/, '').toLowerCase()),
  );
  return [
    ...forbidden.flatMap(([what, pattern]) => (pattern.test(said) ? [what] : [])),
    ...forbiddenInCode.flatMap(([what, pattern]) => (pattern.test(markdown) ? [`${what}, in code too`] : [])),
    ...actingNodes(root),
    ...addresses.map(([address]) => address),
    ...(clean(markdown) === markdown ? [] : ['not the same when it is sanitized again']),
  ];
}

test('no hostile text comes out as anything that acts on a reader, and its result stays as it is', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect([clean(text), wrongIn(text)]).toEqual([clean(text), []]);
    }),
    { numRuns: 1_000 },
  );
});

test('plain words come out as they are, and are nothing but words to a reader', () => {
  const parts = fc.constantFrom(
    'Guard',
    'plan',
    'fixes',
    'GH-3',
    'www',
    'é',
    '12',
    '1',
    ' ',
    ' ',
    '.',
    ',',
    '-',
    '(',
    ')',
    '"',
    '?',
    'jvagent',
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 12 }), (some) => {
      const text = `A${some.join('')}`;
      expect(wrongIn(text)).toEqual([]);
      const [first, ...more] = readMarkdown(clean(text)).root.children;
      expect([first?.type, more]).toEqual(['paragraph', []]);
    }),
    { numRuns: 500 },
  );
});

test('code comes out as it was written', () => {
  const code = fc
    .array(
      fc.constantFrom(
        'List<T>',
        '@Injectable',
        '#include <x>',
        '/etc/x',
        '&lt;',
        '![a](b)',
        '**',
        '# a',
        '\n',
        ' ',
        '\\',
        '|',
        "'",
      ),
      {
        minLength: 1,
        maxLength: 12,
      },
    )
    .map((parts) => `x${parts.join('').trimEnd()}`);
  fc.assert(
    fc.property(code, (words) => {
      const fence = `Before\n\n\`\`\`c\n${words}\n\`\`\`\n\nafter`;
      expect(clean(fence)).toBe(fence);
      const span = words.replaceAll('\n', ' ').replaceAll('\\', '').trim();
      expect(clean(`Use \`${span}\` here`)).toBe(`Use \`${span}\` here`);
    }),
  );
});

test('ordinary text comes through as it was', () => {
  const text = [
    'Guard against **prototype** keys, see [the item](https://dev.azure.com/acme/P/_workitems/edit/7?x=1#c).',
    '',
    '1. `set(obj, "/__proto__/x", 1)` throws; a < b && b > c',
    '',
    '- it links AB#12 (#12) and https://github.com/acme/app/pull/3.',
    '- snake_case and *stress*',
    '',
    '| a | b |',
    '| - | - |',
    '| 1 | `x` |',
    '',
    '> quoted',
    '',
    'Pull request: https://github.com/acme/app/pull/3',
    '',
    '```js',
    'const a = 1;',
    '```',
  ].join('\n');
  expect(clean(text)).toBe(text);
});

test.each([
  ['fixes AB#12', 'fixes item AB#12'],
  ['Closed_#12', 'Closed item \\_#12'],
  ['Closed:\n**#7**', 'Closed:\nitem **#7**'],
  ['Closed\n\n- #7', 'Closed\n\n- item #7'],
  ['Approved: #12', 'Approved: item #12'],
  ['Done\n\n: #12', 'Done\n\n: item #12'],
  ['fixes https://github.com/acme/app/issues/5', 'fixes item https://github.com/acme/app/issues/5'],
  ['Run `fixes #12` now', 'Run `fixes item #12` now'],
  ['fix: guard keys (#12)', 'fix: guard keys (#12)'],
  ['ask @engineer and <@U1>', 'ask @ engineer and ‹@ U1>'],
  ['&#64;engineer &lt;b&gt; &amp;lt;', '@ engineer ‹b> & lt;'],
  ['[here](https://evil.example/?q=1)', 'here (https ://evil.example/?q=1)'],
  ['[here][r]\n\n[r]: https://evil.example/', 'here (https ://evil.example/)'],
  ['[here][r]\n\n[r]: https://github.com/a', '[here](https://github.com/a)'],
  ['![pixel](https://evil.example/x)', 'pixel (https ://evil.example/x)'],
  ['![shot](https://github.com/x.png)', '[shot](https://github.com/x.png)'],
  ['https://github.com@evil.example/x', 'https ://github.com@ evil.example/x'],
  ['https://github.com.evil.example/x', 'https ://github.com.evil.example/x'],
  ['<https://github.com>.evil.example', '[https://github.com](https://github.com).evil.example'],
  ['https://github.com/a&#64;', '[https ://github.com/a& #64](https://github.com/a&#64);'],
  ['[https://evil.example](https://github.com/a)', '[https ://evil.example](https://github.com/a)'],
  ['[a](javascript:alert)', 'a (javascript:alert)'],
  ['www.evil.example and a@evil.example', 'www .evil.example and a@ evil.example'],
  ['/merge\n  /azp run', '∕merge\n∕azp run'],
  ['- /merge\n\n> /merge', '- ∕merge\n\n> ∕merge'],
  ['\\> /merge', '\\> ∕merge'],
  ['### Plan for work item 7', '… Plan for work item 7'],
  ['Title\n===', 'Title'],
  ['Plan 825c2c123b1e', '… Plan 825c2c123b1e'],
  ['**Plan** 825c2c123b1e', '**… Plan** 825c2c123b1e'],
  ['```\nPlan 825c2c123b1e\n[jv:plan:00]\n```', '```\n… Plan 825c2c123b1e\n(jv:plan:00]\n```'],
  ['[jv:plan:00]', '(jv:plan:00]'],
  ['[WIP] set a[i], see [jvagent-redacted:KEY]', '[WIP] set a[i], see [jvagent-redacted:KEY]'],
  ['- \\[x] no box', '- \\[x] no box'],
  ['<b>bold</b> <!-- no -->', '‹b>bold‹/b> ‹!-- no -->'],
  ['```sh\nrm', '```sh\nrm\n```'],
  ['```\na\n~~~\n`b', '```\na\n~~~\n`b\n```'],
  ['````\n```\n@x\n````', '````\n```\n@x\n````'],
  ['```fixes\n#7\n```', '```\n#7\n```'],
  ['Done: `#12`', 'Done: `item #12`'],
  ['**Done**: #12', '**Done**: item #12'],
  ['`Done`: #12', '`Done`: item #12'],
  ['`Fixes` #12', '`Fixes` item #12'],
  ['fixes `#12`', 'fixes `item #12`'],
  ['fixes `x` #12', 'fixes `x` #12'],
  ['Done: `#123;`', 'Done: `item #123;`'],
  ['```\nfix (#123)\nDone: #12\n- Done: #12\n```', '```\nfix ( item #123)\nDone: item #12\n- Done: item #12\n```'],
  ['```\n/backport release/1.2\n  /label area/foo\n```', '```\n∕backport release/1.2\n  ∕label area/foo\n```'],
  ['```mermaid\na\n```\n\n```STL\na\n```', '```\na\n```\n\n```\na\n```'],
  ['::: mermaid\n- :::: x', ': :: mermaid\n\n- : ::: x'],
  ['cost $`x`$ and `$`', 'cost $ `x`$ and `$`'],
  ['[note]: <x> "hidden words"', '[note] : x "hidden words"'],
  ['[Breaking]: yes\n\nnext', '[Breaking] : yes\n\nnext'],
  ['[r]\n\n[r]: https://github.com/a\n[r]: b', '[r](https://github.com/a)\n\n[r] : b'],
  ['[r](https://github.com/a "and words")', '[r](https://github.com/a) "and words"'],
  ['[a](https://evil.example/a)', 'a (https ://evil.example/a)'],
  ['See[^1]\n\n[^1]: the words', 'See[1]\n\n[1]\n\nthe words'],
])('%j becomes %j', (text, expected) => {
  expect(clean(text)).toBe(expected);
  expect(wrongIn(text)).toEqual([]);
});

test.each([
  ['colors in code', '```css\ncolor: #123; background: #0a1b2c\n```'],
  ['colors in a span of code', 'Use `{fill: "#333"}` and `a { color: #123456; }`'],
  ['a color with a letter', 'Color: #0a1b2c, Channel: C#9'],
  ['a pair inside a line of code', '```js\nf({ issue: #12 })\n```'],
  ['a name with underscores', 'Guard \\_\\_proto\\_\\_ and **strong**'],
  ['tabs in code', '```make\nall:\n\tcc x\n```\n\n- a\n\n  ```diff\n  \t-x\n  ```'],
  ['emoji and letters that join', '✔️ 1️⃣ 👩‍💻 👩🏽‍💻 می‌خواهم क्‍ष'],
  ['a path that begins a line', '/api/users returns 500'],
  ['signs behind a blank that makes them no heading', 'a\n\u00a0=\n\u00a0---\n\u00a0# b'],
])('%s stay as they are', (_, text) => {
  expect(clean(text)).toBe(text);
  expect(actingNodes(readMarkdown(text).root)).toEqual([]);
});

test.each([
  ['Guard __proto__ and __init__.', 'Guard \\_\\_proto\\_\\_ and \\_\\_init\\_\\_.'],
  ['__two words__ and **one**', '**two words** and **one**'],
  ['\n    indented\n      code\n\nafter', '```\nindented\n  code\n```\n\nafter'],
  ['a\ufe0f a\u200db', 'a ab'],
  ['👩\u202e\u200d👩 👩\u200d\u200d', '👩👩 👩'],
])('%j shows as %j', (text, expected) => {
  expect(clean(text)).toBe(expected);
  expect(clean(expected)).toBe(expected);
});

test.each([
  ['lines that go on in a deep quote', `${'>'.repeat(32)}a\n${'b\n'.repeat(2_000)}`],
  ['paragraphs', 'a\n\n'.repeat(33_000)],
  ['headings', '# a\n'.repeat(24_000)],
  ['rows', `|a|b|\n|-|-|\n${'x|y\n'.repeat(20_000)}`],
  ['rows of a wide table', `${'|a'.repeat(500)}|\n${'|-'.repeat(500)}|\n${'x\n'.repeat(1_000)}`],
])('too many %s are not parsed', (_, text) => {
  expect(isParseable(text)).toBe(false);
  expect(clean(text)).toBe(codeBlock(text.trimEnd()));
});

test('a text that would grow comes out as one block of code', () => {
  const text = `${'>'.repeat(32)}a\n${'b\n'.repeat(300)}`.trimEnd();
  expect(isParseable(text)).toBe(true);
  expect(clean(text)).toBe(codeBlock(text));
  expect(clean(clean(text))).toBe(clean(text));
});

test('a text of a usual size is parsed', () => {
  expect(isParseable(`| a | b | c |\n|---|---|---|\n${'| x | y | z |\n'.repeat(300)}`)).toBe(true);
  expect(isParseable('- one\n  - two words\n\n'.repeat(500))).toBe(true);
});

test('a text that nests without end, or is too large, comes out as one block of code, and stays so', () => {
  for (const text of ['> '.repeat(5_000), '- '.repeat(5_000), '['.repeat(30_000), `${'a '.repeat(110_000)}@x`]) {
    const made = clean(`${text}x`);
    expect(made).toBe(`\`\`\`\n${text}x\n\`\`\``);
    expect(clean(made)).toBe(made);
  }
});

test('a long hostile text takes no long time', () => {
  const started = performance.now();
  const signs = ['![', '](', '# ', '[jv:', 'fixes ', 'https://', '@', '> ', ': ', '*a **', '`', '`x', '<a ', '&#', '|'];
  signs.push('\n- ', '\n> ', '!', '\n', ' ', '\u00a0', '. ');
  for (const piece of signs) clean(piece.repeat(30_000));
  for (const piece of signs) clean(`x${piece.repeat(300)}x${piece.repeat(300)}`);
  for (const long of ['.', '!', ' ', '\n', '\u00a0', 'a']) clean(`See https://github.com/a${long.repeat(60_000)}x`);
  clean(`\`\`\`\n${'/x a\n'.repeat(12_000)}\n\`\`\``);
  expect(performance.now() - started).toBeLessThan(60_000);
});

test('a block of code is not closed early by what stands in it', () => {
  expect(codeBlock('a\n```\n@x')).toBe('````\na\n```\n@x\n````');
});
