/** Slack's text as HTML: mentions, links, bold, code. All characters are escaped first. */
import { html, raw } from 'hono/html';
import { renderMarkdown } from '../../azure-devops/items/markdown.ts';
import { escapeHtml } from '../../azure-devops/items/rich-text.ts';
import type { State } from '../state.ts';

export type Markup = ReturnType<typeof html>;

const plain = (text: string) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/** The name of a user or a channel, or the id where nobody has it. */
export function nameOf(state: State, id: string): string {
  const user = state.users.find((each) => each.id === id);
  return user ? user.realName : (state.channels.find((each) => each.id === id)?.name ?? id);
}

function token(state: State, inside: string): string {
  const [, mark = '', id = '', label = ''] = /^([@#!]?)([^|]+)(?:\|(.*))?$/s.exec(inside) ?? [];
  if (mark === '@' || mark === '#') return `<span class="mention">${mark}${escapeHtml(nameOf(state, id))}</span>`;
  if (mark === '!') return `<span class="mention">@${escapeHtml(label || id)}</span>`;
  const shown = escapeHtml(plain(label || id));
  return /^(https?|mailto):/.test(id) ? `<a href="${escapeHtml(plain(id))}" rel="noreferrer">${shown}</a>` : shown;
}

const styled = (text: string) =>
  escapeHtml(plain(text))
    .replace(/(^|[\s(])\*([^*\n]+)\*(?=$|[\s).,:;!?])/g, '$1<strong>$2</strong>')
    .replace(/(^|[\s(])_([^_\n]+)_(?=$|[\s).,:;!?])/g, '$1<em>$2</em>')
    .replace(/(^|[\s(])~([^~\n]+)~(?=$|[\s).,:;!?])/g, '$1<s>$2</s>')
    .replaceAll('\n', '<br>');

/** Text in Slack's own markup. */
export function mrkdwn(state: State, text: string): Markup {
  const parts = text.split(/(```[\s\S]*?```|`[^`\n]+`|<[^<>\n]+>)/);
  const rendered = parts.map((part, n) => {
    if (n % 2 === 0) return styled(part);
    if (part.startsWith('```')) return `<pre>${escapeHtml(plain(part.slice(3, -3).replace(/^\n/, '')))}</pre>`;
    if (part.startsWith('`')) return `<code>${escapeHtml(plain(part.slice(1, -1)))}</code>`;
    return token(state, part.slice(1, -1));
  });
  return html`<div class="words">${raw(rendered.join(''))}</div>`;
}

/** Markdown, as the block `markdown` has it. */
export function markdown(state: State, text: string): Markup {
  const rendered = renderMarkdown(text).replace(
    /&lt;@([UW][A-Z0-9]+)&gt;/g,
    (_, id) => `<span class="mention">@${escapeHtml(nameOf(state, id))}</span>`,
  );
  return html`<div class="words">${raw(rendered)}</div>`;
}
