/** Rich text as Azure DevOps keeps it: as plain words for reading, and in a form that stays the same when only the server touched it. */

const entities: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

function character(code: number): string {
  return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : '';
}

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (decimal) return character(Number(decimal));
    if (hex) return character(Number.parseInt(hex, 16));
    return entities[String(name).toLowerCase()] ?? whole;
  });
}

const looksLikeHtml = /<\/?[a-z][^<>]*>|<!--|&(#\d+|#x[0-9a-f]+|[a-z]+);/i;
const blocks = new Set([
  'br',
  'p',
  'div',
  'ul',
  'ol',
  'tr',
  'table',
  'pre',
  'blockquote',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
]);

/** What stands in the place of each tag; a link's address is kept until the link ends. */
function createTagReader(): (tag: string, closes: string, name: string) => string {
  let href: string | undefined;
  return (tag, closes, name) => {
    const kind = name.toLowerCase();
    if (kind === 'a') {
      const ended = href;
      href = closes ? undefined : /\bhref="([^"]*)"/i.exec(tag)?.[1];
      return ended ? ` (${ended})` : '';
    }
    if (kind === 'li' && !closes) return '\n- ';
    return kind === 'img' ? '[image]' : blocks.has(kind) ? '\n' : '';
  };
}

/** The words of an HTML text, one line a block, links with their address; text that is no HTML stays as it is. */
export function plainText(text: string): string {
  if (!looksLikeHtml.test(text)) return text.trim();
  const marked = text
    .replace(/<!--[\s\S]*?(-->|$)/g, '')
    .replace(/<(script|style)\b[\s\S]*?(<\/(script|style)>|$)/gi, '')
    .replace(/\s+/g, ' ')
    .replace(/<(\/?)([a-z][a-z0-9]*)[^<>]*>/gi, createTagReader());
  return decodeEntities(marked)
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .join('\n');
}

/**
 * One form for all the ways in which the server writes the same rich text back: white space and numeric entities may
 * differ, every tag, attribute and word counts.
 */
export function settled(raw: string): string {
  return raw
    .replace(/&#(x[0-9a-f]+|\d+);/gi, (_, code: string) => {
      const char = character(/^x/i.test(code) ? Number.parseInt(code.slice(1), 16) : Number(code));
      // Markup characters stay escaped, or text could turn into a tag.
      return { '<': '&lt;', '>': '&gt;', '&': '&amp;' }[char] ?? char;
    })
    .replace(/&nbsp;|\s+/g, ' ')
    .replace(/ *(<[^<>]*>) */g, '$1')
    .replace(/ {2,}/g, ' ')
    .trim();
}
