/**
 * Writes a harmless tree as the blocks of a Slack message.
 *
 * Words stand in `rich_text` elements, in which Slack reads no markup: no `<@U1>`, no `<https://...|words>`, no `*bold*`. So code
 * is code there. Source: Slack's reference of blocks, and its limits for one message.
 */
import type { BlockContent, List, PhrasingContent, Root, TableCell } from 'mdast';
import { toPlainText } from './plain-text.ts';
import { type Run, runsOf } from './runs.ts';

/** Slack refuses a message whose blocks have about 13 200 characters of JSON. */
const charsMax = 12_000;
/** How far in a list may stand. */
const indentMax = 8;
/** Of the words that a notification and a screen reader are given. */
const fallbackCharsMax = 3_000;

interface Style {
  bold?: true;
  italic?: true;
  strike?: true;
  code?: true;
}

type Element =
  | { type: 'text'; text: string; style?: Style }
  | { type: 'link'; url: string; text: string; style?: Style };

interface Words {
  type: 'rich_text_section' | 'rich_text_quote' | 'rich_text_preformatted';
  elements: Element[];
}

type Part =
  | Words
  | { type: 'rich_text_list'; style: 'bullet' | 'ordered'; indent: number; offset?: number; elements: Words[] };

/** A block of a message that holds words. */
export interface SlackBlock {
  type: 'rich_text';
  elements: Part[];
}

export interface SlackMessage {
  /** What is shown where blocks are not: in notifications, and to screen readers. */
  text: string;
  blocks: SlackBlock[];
  /** Whether the text was too long for one message, so that its end is missing: it belongs into a file. */
  isCut: boolean;
}

function elementOf(run: Run): Element[] {
  if (run.value === '') return [];
  const style: Style = {
    ...(run.strong ? { bold: true } : {}),
    ...(run.emphasis ? { italic: true } : {}),
    ...(run.delete ? { strike: true } : {}),
    ...(run.kind === 'code' ? { code: true } : {}),
  };
  const styled = Object.keys(style).length > 0 ? { style } : {};
  return [
    run.link
      ? { type: 'link', url: run.link, text: run.value, ...styled }
      : { type: 'text', text: run.value, ...styled },
  ];
}

const elementsOf = (nodes: readonly PhrasingContent[]) => runsOf(nodes).flatMap(elementOf);
const text = (words: string): Element => ({ type: 'text', text: words });

/** The lines of blocks that stand in a quote. */
function linesOf(nodes: readonly BlockContent[]): Element[] {
  const lines = partsOf(nodes, 0).flatMap((part) => (part.type === 'rich_text_list' ? part.elements : [part]));
  return lines.flatMap(({ elements }, at) => (at === 0 ? elements : [text('\n'), ...elements]));
}

/** Each item is a list of one; what stands below an item follows it, farther in. */
function listParts({ ordered, start, children }: List, indent: number): Part[] {
  return children.flatMap((item, at): Part[] => {
    const [first, ...rest] = item.children as BlockContent[];
    const box = typeof item.checked === 'boolean' ? [text(item.checked ? '☑ ' : '☐ ')] : [];
    const isPlain = first?.type === 'paragraph';
    const words = isPlain ? [...box, ...elementsOf(first.children)] : box;
    const below = isPlain || !first ? rest : [first, ...rest];
    const offset = ordered ? (start ?? 1) - 1 + at : 0;
    const list: Part = {
      type: 'rich_text_list',
      style: ordered ? 'ordered' : 'bullet',
      indent: Math.min(indent, indentMax),
      ...(offset > 0 ? { offset } : {}),
      elements: words.length > 0 ? [{ type: 'rich_text_section', elements: words }] : [],
    };
    return [list, ...partsOf(below, indent + 1)];
  });
}

function partsOf(nodes: readonly BlockContent[], indent: number): Part[] {
  const parts = nodes.flatMap((node): Part[] => {
    switch (node.type) {
      case 'paragraph':
        return [{ type: 'rich_text_section', elements: elementsOf(node.children) }];
      case 'code':
        return [{ type: 'rich_text_preformatted', elements: node.value ? [text(node.value)] : [] }];
      case 'blockquote':
        return [{ type: 'rich_text_quote', elements: linesOf(node.children as BlockContent[]) }];
      case 'table': {
        const wordsOf = (cell: TableCell) => runsOf(cell.children).map(({ value }) => value);
        const rows = node.children.map((row) => row.children.map((cell) => wordsOf(cell).join('')).join(' | '));
        return [{ type: 'rich_text_preformatted', elements: [text(rows.join('\n'))] }];
      }
      case 'list':
        return listParts(node, indent);
      default:
        return [];
    }
  });
  return apart(joined(parts.filter(({ elements }) => elements.length > 0)));
}

/** Slack shows two sections as one line, so that a paragraph before another ends with an empty line. */
function apart(parts: readonly Part[]): Part[] {
  return parts.map((part, at) => {
    const isBefore = part.type === 'rich_text_section' && parts[at + 1]?.type === 'rich_text_section';
    return isBefore ? { ...part, elements: [...part.elements, text('\n\n')] } : part;
  });
}

/** Neighbouring items of one list as one part. */
function joined(parts: readonly Part[]): Part[] {
  const whole: Part[] = [];
  for (const part of parts) {
    const last = whole.at(-1);
    const isNext = last?.type === 'rich_text_list' && part.type === 'rich_text_list';
    const goesOn = isNext && last.style === part.style && last.indent === part.indent;
    const inOrder = goesOn && (part.style === 'bullet' || part.offset === (last.offset ?? 0) + last.elements.length);
    if (inOrder) last.elements.push(...part.elements);
    else whole.push(part);
  }
  return whole;
}

const charsOf = (value: unknown) => JSON.stringify(value).length;

/** The tree as a message. In `text` Slack reads markup, so `&`, `<` and `>` are escaped there. */
export function toSlack(root: Root, hosts: readonly string[]): SlackMessage {
  const parts = partsOf(root.children as BlockContent[], 0);
  const elements: Part[] = [];
  let chars = 0;
  for (const part of parts) {
    chars += charsOf(part);
    if (chars > charsMax) break;
    elements.push(part);
  }
  const words = toPlainText(root, hosts)
    .slice(0, fallbackCharsMax)
    .replace(/[\ud800-\udbff]$/, '');
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const blocks: SlackBlock[] = elements.length > 0 ? [{ type: 'rich_text', elements }] : [];
  return { text: escaped, blocks, isCut: elements.length < parts.length };
}
