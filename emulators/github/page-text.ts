/** Renders text by people and agents as simple HTML: headings, lists, code. All characters are escaped. */
import { html } from 'hono/html';

type Html = ReturnType<typeof html>;

/** `code` within a line. */
function inline(line: string) {
  return line.split('`').map((part, n) => (n % 2 === 1 ? html`<code>${part}</code>` : part));
}

function block(text: string): Html {
  const lines = text.split('\n');
  const heading = /^#{1,6}\s+(.*)$/.exec(text);
  if (heading && lines.length === 1) return html`<h3>${inline(heading[1] ?? '')}</h3>`;
  if (lines.every((line) => /^\s*[-*]\s/.test(line))) {
    return html`<ul>${lines.map((line) => html`<li>${inline(line.replace(/^\s*[-*]\s/, ''))}</li>`)}</ul>`;
  }
  return html`<p>${lines.map((line, n) => html`${n > 0 ? html`<br>` : ''}${inline(line)}`)}</p>`;
}

/** The text as safe HTML. */
export function showText(text: string): Html {
  const parts = text.replaceAll('\r', '').split(/^```.*$/m);
  return html`<div class="text">${parts.map((part, n) =>
    n % 2 === 1
      ? html`<pre>${part.replace(/^\n|\n$/g, '')}</pre>`
      : part
          .split(/\n{2,}|(?<=^#{1,6} .*)\n/m)
          .map((each) => each.trim())
          .filter(Boolean)
          .map(block),
  )}</div>`;
}

/** The unified diff of one file with coloured lines. */
export function showPatch(patch: string): Html {
  const lines = patch.split('\n').filter((line) => !/^(diff --git|index |--- |\+\+\+ )/.test(line));
  const kinds: Record<string, string> = { '+': 'add', '-': 'del', '@': 'hunk' };
  return html`<pre class="diff">${lines.map((line) => html`<span class="${kinds[line[0] ?? ''] ?? ''}">${line || ' '}</span>`)}</pre>`;
}
