/** What a person types, as Slack stores it: `@erin` becomes a mention, an address a link, and `& < >` are escaped. */
import type { Block } from './model.ts';

type Names = (handle: string) => string | undefined;

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/**
 * The stored text of what was typed. `userOf` and `channelOf` give the ids of names; a mention that is written out already, such as
 * `<@U0ACMEERIN>`, stays.
 */
export function storedText(typed: string, userOf: Names, channelOf: Names): string {
  const token = /(<[@#!][^>\n]+>)|(https?:\/\/[^\s<>]+)|(?<![\w.@])([@#])([\w.-]*\w)/g;
  let at = 0;
  let stored = '';
  for (const match of typed.matchAll(token)) {
    const [whole, written, url, mark, name = ''] = match;
    const id = mark === '@' ? userOf(name) : mark === '#' ? channelOf(name) : undefined;
    stored += escaped(typed.slice(at, match.index));
    if (written) stored += written;
    else if (url) stored += `<${escaped(url)}>`;
    else if (mark === '@' && /^(here|channel|everyone)$/.test(name)) stored += `<!${name}>`;
    else stored += id === undefined ? escaped(whole) : `<${mark}${id}${mark === '#' ? `|${name}` : ''}>`;
    at = match.index + whole.length;
  }
  return stored + escaped(typed.slice(at));
}

const plain = (text: string) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/** The stored text as the block that Slack adds to every message of a person. */
export function richText(stored: string, blockId: string): Block {
  const parts = stored.split(/(<[@#!]?[^>\n]+>)/).filter(Boolean);
  const elements = parts.map((part) => {
    const [, mark = '', id = '', label] = /^<([@#!]?)([^|>]+)(?:\|([^>]*))?>$/.exec(part) ?? [];
    if (id === '') return { type: 'text', text: plain(part) };
    if (mark === '@') return { type: 'user', user_id: id };
    if (mark === '#') return { type: 'channel', channel_id: id };
    if (mark === '!') return { type: 'broadcast', range: id };
    return { type: 'link', url: plain(id), ...(label ? { text: plain(label) } : {}) };
  });
  return { type: 'rich_text', block_id: blockId, elements: [{ type: 'rich_text_section', elements }] };
}

/** The ids of all users that the stored text mentions. */
export function mentionsIn(stored: string): string[] {
  return [...stored.matchAll(/<@([UW][A-Z0-9]+)(?:\|[^>]*)?>/g)].map(([, id = '']) => id);
}
