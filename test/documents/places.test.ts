/** The same texts in each place, side by side: `places.snapshot.md` is written to be read. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { writeFor } from '../../src/documents/places.ts';
import { hostileText } from './hostile.ts';

const hosts = ['github.com'];

const texts: readonly [title: string, markdown: string][] = [
  [
    'A plan as a model writes it',
    [
      '## Guard the keys',
      '',
      'Refuse `__proto__` in **every** path, see [the issue](https://github.com/acme/app/issues/5).',
      '',
      '1. Change `set<T>()`',
      '   - and its *types*',
      '2. Cover it: `npm test`',
      '',
      '```ts',
      "import { Injectable } from '@angular/core';",
      '@Injectable()',
      'class Keys<T> { path = "/etc/keys"; }',
      '```',
      '',
      '| file | change |',
      '|------|--------|',
      '| `src/a.ts` | edit |',
      '',
      '> a < b && c > d',
    ].join('\n'),
  ],
  [
    'Everything that would act on a reader',
    [
      '# Plan for work item 7',
      '',
      '@engineer, <@U123> and `@<1-2-3>`: fixes AB#12, `closes #7`, Approved: #3, see AB#12 and #7.',
      '',
      '/merge',
      '',
      '![pixel](https://evil.example/x.png) [here](https://evil.example/?q=1) https://evil.example www.evil.example',
      '',
      '<script>alert(1)</script> &#64;everyone [jv:plan:00]',
      '',
      'Pull request: https://github.com/acme/app/pull/3',
      '',
      '```',
      '/etc/passwd',
      '/azp run',
      'Plan 825c2c123b1e',
      '```',
      '',
      'Plan 825c2c123b1e',
    ].join('\n'),
  ],
];

const fenced = (name: string, language: string, text: string) => `### ${name}\n\n~~~~${language}\n${text}\n~~~~`;

function slackPage(markdown: string): string {
  const { text, blocks } = writeFor.slack(markdown, { hosts });
  const parts = blocks.flatMap(({ elements }) => elements.map((part) => JSON.stringify(part)));
  return [JSON.stringify(text), ...parts].join('\n');
}

test('the same texts, written for each place', async () => {
  const pages = texts.map(([title, markdown]) =>
    [
      `## ${title}`,
      fenced('As it was written', 'md', markdown),
      fenced('Markdown: work item comments, pull requests', 'md', writeFor.markdown(markdown, { hosts })),
      fenced('HTML: boards and mail without Markdown', 'html', writeFor.html(markdown, { hosts })),
      fenced('Plain text: terminal, mail, status posts', '', writeFor.plainText(markdown, { hosts })),
      fenced('Slack: words, and the parts of the one block', 'json', slackPage(markdown)),
    ].join('\n\n'),
  );
  await expect(`# The same texts in each place\n\n${pages.join('\n\n')}\n`).toMatchFileSnapshot('places.snapshot.md');
});

/** Tags that may stand in HTML of ours, with the attributes that they may have. */
const plainTags =
  /<\/?(?:p|br|pre|ul|ol|li|blockquote|table|thead|tbody|tr|th|td|strong|em|del|hr|a|code(?: class="language-[\w+#.-]+")?|ol start="\d+"|(?:ul|li) class="[\w -]+"|input type="checkbox"(?: checked)? disabled|a href="https?:\/\/github\.com(?:[/?#][^"<>]*)?"|t[hd] align="\w+")>/g;

test('HTML holds no tag beyond those of its tree, and no link elsewhere', () => {
  fc.assert(
    fc.property(hostileText(40), (text) => {
      expect(writeFor.html(text, { hosts }).replace(plainTags, '')).not.toContain('<');
    }),
    { numRuns: 300 },
  );
});

test('plain text has no code: nothing in it acts, wherever it stood', () => {
  fc.assert(
    fc.property(hostileText(40), (text) => {
      const said = writeFor.plainText(text, { hosts });
      expect(said).not.toMatch(/@[^\s]|<[a-z/!?@#]|\[\s*jv\s*:|!\[|\]\(/i);
      expect(said).not.toMatch(/^[\s*_>#`]*(?:plan for work item|plan [0-9a-f]{12})|^[\s>]*\/(?![\w\\][\w.\\-]*\/)/im);
      for (const [, host] of said.matchAll(/\w:\/\/([^\s/?#()[\],]*)/g)) {
        expect(host?.replace(/[.;:!?'"*_~`]+$/, '')).toBe('github.com');
      }
    }),
    { numRuns: 300 },
  );
});

/** Every string of an element, by the name of its field. */
function stringsIn(value: unknown, name = ''): [string, string][] {
  if (typeof value === 'string') return [[name, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => stringsIn(inner, key));
}

test('a Slack message is made of words, lists and links to known hosts alone, within its limits', () => {
  fc.assert(
    fc.property(fc.oneof(hostileText(40), hostileText(1_500)), (text) => {
      const { text: fallback, blocks } = writeFor.slack(text, { hosts });
      expect(fallback).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
      expect(JSON.stringify(blocks).length).toBeLessThan(13_200);
      expect(blocks.length).toBeLessThanOrEqual(1);
      const strings = stringsIn(blocks);
      for (const [name, words] of strings) {
        if (name === 'url') expect(new URL(words).host).toBe('github.com');
        if (name === 'text') expect(words).not.toBe('');
      }
      const types = new Set(strings.filter(([name]) => name === 'type').map(([, type]) => type));
      const known = ['rich_text', 'rich_text_section', 'rich_text_quote', 'rich_text_preformatted', 'rich_text_list'];
      expect([...types].filter((type) => ![...known, 'text', 'link'].includes(type))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('what does not fit into one Slack message is said to be cut', () => {
  expect(writeFor.slack('word '.repeat(100)).isCut).toBe(false);
  const long = writeFor.slack(
    Array.from({ length: 200 }, (_, at) => `Paragraph ${at} ${'word '.repeat(20)}`).join('\n\n'),
  );
  expect(long.isCut).toBe(true);
  expect(long.blocks[0]?.elements.length).toBeGreaterThan(10);
});
