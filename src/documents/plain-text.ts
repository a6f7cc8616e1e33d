/** Writes a harmless tree as plain text: terminal, mail, status posts. Nothing in it is code. */
import type { BlockContent, List, PhrasingContent, Root, TableRow } from 'mdast';
import { sanitizeLines } from './lines.ts';
import { runsOf } from './runs.ts';

/** The words of a line; where a link leads stands behind its words. */
function wordsOf(nodes: readonly PhrasingContent[]): string {
  const runs = runsOf(nodes);
  const words = runs.map(({ value, link }, at) => {
    const ends = link !== undefined && runs[at + 1]?.link !== link;
    return ends && value !== link ? `${value} (${link})` : value;
  });
  return words.join('');
}

const indented = (text: string, first: string, rest: string) =>
  text
    .split('\n')
    .map((line, at) => `${at === 0 ? first : line && rest}${line}`)
    .join('\n');

function listText({ ordered, start, children }: List): string {
  const items = children.map((item, at) => {
    const sign = ordered ? `${(start ?? 1) + at}. ` : '- ';
    const box = typeof item.checked === 'boolean' ? `[${item.checked ? 'x' : ' '}] ` : '';
    return indented(
      blocksText(item.children as BlockContent[], item.spread ? '\n\n' : '\n'),
      sign + box,
      ' '.repeat(sign.length),
    );
  });
  return items.join('\n');
}

const rowText = ({ children }: TableRow) => children.map((cell) => wordsOf(cell.children)).join(' | ');

function blockText(node: BlockContent): string {
  if (node.type === 'paragraph') return wordsOf(node.children);
  if (node.type === 'code') return indented(node.value, '    ', '    ');
  if (node.type === 'list') return listText(node);
  if (node.type === 'table') return node.children.map(rowText).join('\n');
  if (node.type === 'blockquote') return indented(blocksText(node.children as BlockContent[]), '> ', '> ');
  return '';
}

const blocksText = (nodes: readonly BlockContent[], between = '\n\n'): string =>
  nodes
    .map(blockText)
    .filter((text) => text !== '')
    .join(between);

/** The tree as lines of text. Its code is broken apart like all other words, since no reader knows it for code. */
export function toPlainText(root: Root, hosts: readonly string[]): string {
  return sanitizeLines(blocksText(root.children as BlockContent[]), { hosts });
}
