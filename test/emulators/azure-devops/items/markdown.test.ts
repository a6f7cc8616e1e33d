import { expect, test } from 'vitest';
import { renderMarkdown } from '../../../../emulators/azure-devops/items/markdown.ts';

test('a plan is readable', () => {
  const plan =
    '# Plan\nFix **keys** in `a*b*.ts`\n\n1. read\n2. write\n\n- [x] done\n\n```ts\nif (a < b) {}\n```\n> note\n---';
  expect(renderMarkdown(plan)).toBe(
    [
      '<h3>Plan</h3>',
      '<p>Fix <strong>keys</strong> in <code>a*b*.ts</code></p>',
      '<ol><li>read</li><li>write</li></ol>',
      '<ul><li>☑ done</li></ul>',
      '<pre><code>if (a &lt; b) {}</code></pre>',
      '<blockquote>note</blockquote>',
      '<hr>',
    ].join('\n'),
  );
});

test('nothing that a stranger writes becomes markup', () => {
  const hostile =
    '<img src=x onerror=alert(1)> [a](javascript:alert(1)) [b](https://x.test/"onclick="alert(1))\n\n```\n<script>';
  const html = renderMarkdown(hostile);
  expect(html).not.toMatch(/<img|<script|href="javascript|"onclick="/);
});

test('unusual text neither hangs nor vanishes', () => {
  for (const text of ['```', '#', '- ', '> ', '**', '', '#x', '1.', '```\nunclosed']) {
    expect(renderMarkdown(text).replace(/<[^>]+>/g, '')).toContain(text.includes('unclosed') ? 'unclosed' : '');
  }
  expect(renderMarkdown('#x')).toBe('<p>#x</p>');
});
