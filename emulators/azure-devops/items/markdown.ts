/**
 * Renders the part of Markdown that plans and comments use as safe HTML: everything is escaped first, and links can only be web
 * links.
 */
import { escapeHtml } from './rich-text.ts';

function inline(text: string): string {
  return text
    .split(/(`[^`]+`)/)
    .map((part) =>
      /^`[^`]+`$/.test(part)
        ? `<code>${part.slice(1, -1)}</code>`
        : part
            .replace(/\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)/g, '<a href="$2" rel="noreferrer">$1</a>')
            .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
            .replace(/(^|\W)[*_]([^*_\s][^*_]*)[*_](?=\W|$)/g, '$1<em>$2</em>'),
    )
    .join('');
}

interface Item {
  tag: 'ul' | 'ol';
  text: string;
}

function listItem(line: string): Item | undefined {
  const bullet = /^\s*[-*] (.*)$/.exec(line);
  if (bullet) return { tag: 'ul', text: bullet[1] ?? '' };
  const numbered = /^\s*\d+[.)] (.*)$/.exec(line);
  return numbered ? { tag: 'ol', text: numbered[1] ?? '' } : undefined;
}

function listBlock(items: readonly Item[]): string {
  const tag = items[0]?.tag ?? 'ul';
  const rows = items.map(({ text }) => {
    const box = /^\[([ xX])\] (.*)$/.exec(text);
    return `<li>${box ? `${box[1] === ' ' ? '☐' : '☑'} ${inline(box[2] ?? '')}` : inline(text)}</li>`;
  });
  return `<${tag}>${rows.join('')}</${tag}>`;
}

/** Renders headings, lists, fenced code, quotes, rules and paragraphs; everything else stays plain text. */
export function renderMarkdown(source: string): string {
  const lines = escapeHtml(source).split(/\r?\n/);
  const blocks: string[] = [];
  const take = (belongs: (line: string) => boolean) => {
    const taken: string[] = [];
    while (lines[0] !== undefined && belongs(lines[0])) taken.push(lines.shift() ?? '');
    return taken;
  };
  const startsBlock = (line: string) =>
    !line.trim() || /^(#{1,6} |```|&gt; ?|-{3,}$)/.test(line) || listItem(line) !== undefined;
  while (lines[0] !== undefined) {
    const line = lines[0];
    const heading = /^(#{1,6}) (.*)$/.exec(line);
    const item = listItem(line);
    if (!line.trim()) lines.shift();
    else if (heading) {
      lines.shift();
      const level = Math.min(6, (heading[1]?.length ?? 1) + 2);
      blocks.push(`<h${level}>${inline(heading[2] ?? '')}</h${level}>`);
    } else if (line.startsWith('```')) {
      lines.shift();
      const code = take((next) => !next.startsWith('```'));
      lines.shift();
      blocks.push(`<pre><code>${code.join('\n')}</code></pre>`);
    } else if (/^-{3,}$/.test(line)) {
      lines.shift();
      blocks.push('<hr>');
    } else if (line.startsWith('&gt;')) {
      const quoted = take((next) => next.startsWith('&gt;')).map((next) => next.replace(/^&gt; ?/, ''));
      blocks.push(`<blockquote>${quoted.map(inline).join('<br>')}</blockquote>`);
    } else if (item) {
      const items = take((next) => listItem(next)?.tag === item.tag).flatMap((next) => listItem(next) ?? []);
      blocks.push(listBlock(items));
    } else {
      const first = lines.shift() ?? '';
      blocks.push(`<p>${[first, ...take((next) => !startsBlock(next))].map(inline).join('<br>')}</p>`);
    }
  }
  return blocks.join('\n');
}
