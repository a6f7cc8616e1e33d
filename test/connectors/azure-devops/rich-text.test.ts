import { expect, test } from 'vitest';
import { plainText, settled } from '../../../src/connectors/azure-devops/rich-text.ts';

test.each([
  ['plain a < b && c > d', 'plain a < b && c > d'],
  ['<div>one</div><div>two<br>three</div>', 'one\ntwo\nthree'],
  ['<ul><li>a</li><li>b</li></ul>', '- a\n- b'],
  [
    '<a href="https://x.example">there</a> <a href="https://y.example">https://y.example</a>',
    'there (https://x.example) https://y.example (https://y.example)',
  ],
  ['&lt;b&gt; &amp;amp; &#128274;&#x41;&nbsp;&bogus; &#0;', '<b> &amp; 🔒A &bogus;'],
  ['a<!-- hidden --><script>alert(1)</script><img src="x">b', 'a[image]b'],
])('%j reads as %j', (html, text) => {
  expect(plainText(html)).toBe(text);
});

test.each([
  ['<p>x</p>', ' <p>x </p>\n'],
  ['<div>a  b</div>', '<div>a&nbsp;\nb</div>'],
  ['lock 🔒', 'lock &#128274;'],
])('%j and %j are the same text', (before, after) => {
  expect(settled(after)).toBe(settled(before));
});

test.each([
  ['delete a b', 'delete ab'],
  ['<a href="x">y</a>', '<a href="z">y</a>'],
  ['&#60;b&#62;', '<b>'],
  ['one', 'two'],
])('%j and %j are not', (before, after) => {
  expect(settled(after)).not.toBe(settled(before));
});

test('a long hostile text is handled quickly', () => {
  const started = performance.now();
  for (const piece of ['<', '<a href="', '<a href="">', '&', '<!--', '<script>', ' ', '&#']) {
    plainText(`<p>${piece.repeat(100_000)}`);
    settled(piece.repeat(100_000));
  }
  expect(performance.now() - started).toBeLessThan(2_000);
});
