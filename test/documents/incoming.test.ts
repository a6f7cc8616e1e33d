/** What people wrote, as the model reads it: nothing that carries meaning is lost, and hostile HTML costs little. */
import { expect, test } from 'vitest';
import { toMarkdown } from '../../src/documents/incoming.ts';
import { limits } from '../../src/limits.ts';

const nameFile = (address: string) =>
  address.startsWith('https://ours.example/') ? 'attachment:1/shot.png' : undefined;
const html = (text: string) => toMarkdown(text, 'html', nameFile);

test.each([
  [
    'a table keeps its cells',
    '<table><tr><th>Plan</th><th>Seats</th></tr><tr><td>a|b</td><td>1<br>2</td></tr></table>',
    '| Plan | Seats |\n| - | - |\n| a\\|b | 1 2 |',
  ],
  [
    'preformatted text keeps its lines',
    '<pre>a:\n  b: 1<br>  c<div>  d</div><div>    e</div></pre>',
    '```\na:\n  b: 1\n  c\n  d\n    e\n```',
  ],
  ['a code block too', '<pre><code class="language-yaml">a:\n  b: 1\n</code></pre>', '```yaml\na:\n  b: 1\n```'],
  ['entities are decoded', '<p>caf&eacute; &mdash; 5&nbsp;&euro; &lt;T&gt; &#128274;</p>', 'café — 5 € <T> 🔒'],
  ['words are not escaped', '<p>snake_case * [x] &lt;b&gt; _y_ 1. a</p>', 'snake_case * [x] <b> _y_ 1. a'],
  [
    'lines, lists and marks',
    '<div>one<br>two</div><ul><li>a</li><li><b>b</b> <code>List&lt;T&gt;</code></li></ul>',
    'one\ntwo\n\n- a\n- **b** `List<T>`',
  ],
  ['links keep their address', '<a href="https://y.example/a_b">there</a>', '[there](https://y.example/a_b)'],
  [
    'scripts and styles are gone',
    'a<!-- x --><script>alert(1)</script><style>p{}</style><b onclick="x">b</b>',
    'a**b**',
  ],
  [
    'our picture is named by its file',
    '<p>so: <img src="https://ours.example/1?a=1&amp;b=2" alt="image.png"></p>',
    'so: ![image.png](attachment:1/shot.png)',
  ],
  [
    "another host's is a link",
    '<img src="https://x.example/1.png" alt="logo">',
    '[image: logo](https://x.example/1.png)',
  ],
  [
    'a data address is no text',
    '<img src="data:image/png;base64,AAAA" alt="shot"><a href="data:a/b,AAA">f</a>',
    '[image: shot][f]([data left out])',
  ],
  ['white space at the end of a style is outside it', '<b>Steps: </b>open the page', '**Steps:** open the page'],
  ['a line break too', '<b>Steps:<br></b>open <i> the</i>', '**Steps:**\nopen *the*'],
  ['words may touch a style', '<b>Expected:</b>works', '**Expected:**works'],
  ['empty styles are nothing', '<b></b>x<i> </i>y<u><span></span></u>', 'x y'],
  ['an address is as it is', '<a href="https://x/y?a=1&amp;b=2_3">t</a>', '[t](https://x/y?a=1&b=2_3)'],
  ['an address with parentheses', '<a href="https://x/y_(z) a">t</a>', '[t](<https://x/y_(z) a>)'],
  ['an address alone', '<a href="https://x/a_b">https://x/a_b</a>', '<https://x/a_b>'],
  [
    'blocks in a cell are words of one line',
    '<table><tr><th>A</th><th>B</th></tr><tr><td><div>a</div><div>b</div></td><td><ul><li>c<br>d</li><li>e</li></ul><pre>f\n  g</pre></td></tr></table>',
    '| A | B |\n| - | - |\n| a b | c d e f g |',
  ],
  ['text without tags keeps its lines', 'Tom &amp; Jerry\n  two', 'Tom & Jerry\n  two'],
])('%s', async (_, text, markdown) => {
  expect(await html(text)).toBe(markdown);
});

test.each([
  ['List<String> and a < b && c > d', 'markdown'],
  ['# Title\n\nUse `List<T>`<br>and &amp;', 'markdown'],
  ['```\n<div>&lt;</div>\n```', 'markdown'],
  ['<div># no heading</div><div>- a</div>', 'html'],
  ['one<br>two', 'html'],
  ['see <a href="x">this</a>', 'html'],
  ['The <a> element is missing\nin line two\n    indented code', 'markdown'],
  ['metadata:foo/bar,baz and meta-data:foo/bar,baz', 'markdown'],
  ['Tom &amp; Jerry', 'html'],
])('%j of unknown format is %s', async (text, format) => {
  const read = await toMarkdown(text, 'unknown', nameFile);
  expect(read).toBe(format === 'html' ? await html(text) : text);
});

test('Markdown stays as it is, but for our files and for data', async () => {
  const address = `data:image/png;base64,${'A'.repeat(1_000_000)}`;
  const text = `See snake_case and <b>.\n\n![a](https://ours.example/1) ![shot](${address}) <img src="${address}">`;
  expect(await toMarkdown(text, 'markdown', nameFile)).toBe(
    'See snake_case and <b>.\n\n![a](attachment:1/shot.png) [image: shot] <img src="[data left out]">',
  );
});

test('HTML that is too long is cut, and says so', async () => {
  const read = await html(`<p>${'x'.repeat(limits.htmlCharsMax)}</p>`);
  expect(read).toMatch(/x\n\[7 more characters are left out here/);
});

/** Each took minutes, all memory or the whole stack of a plain reader. */
test.each([
  ['deep nesting', '<div>'.repeat(50_000)],
  [
    'marks that are opened again in each block',
    Array.from({ length: 9_000 }, (_, n) => `<b x=${n}>`).join('') + '<p>'.repeat(60_000),
  ],
  ['marks within themselves', `${'<i>'.repeat(90)}${'a<br>'.repeat(2_000)}`],
  ['ends of what never began', '<x>'.repeat(40_000) + '</y>'.repeat(40_000)],
  ['a wide and long table', `<table><tr>${'<td>'.repeat(9_000)}${'<tr><td>'.repeat(5_000)}`],
  ['a cell that spans all', '<table><tr><td colspan=99999999 rowspan=99999999>a'],
  ['open tags and comments', '<a href="'.repeat(20_000) + '<!--'.repeat(20_000)],
])(
  '%s is read quickly',
  async (_, text) => {
    expect((await html(text)).length).toBeLessThan(2 * limits.htmlCharsMax);
  },
  30_000,
);

test.each(['data:a/b;base64,', 'data:', '![](data:,', '![a', 'https://', '| ', '<a ', '&a', ' '])(
  'a million characters of %j are read quickly',
  async (piece) => {
    const text = piece.repeat(1_000_000 / piece.length);
    expect((await toMarkdown(text, 'unknown', nameFile)).length).toBeLessThan(3_000_000);
  },
  30_000,
);
