/**
 * HTML that people wrote, as Markdown for a reader who is a model: HTML -> tree -> Markdown tree -> text.
 *
 * Tables keep their cells, preformatted text its lines, links their addresses; entities are decoded, scripts and styles are left
 * out, and words are not escaped. Hostile HTML is bounded while it is parsed: by length, by nesting and by its number of elements.
 */
import type { Element, ElementContent, Root, RootContent } from 'hast';
import { fromParse5 } from 'hast-util-from-parse5';
import { type DefaultTreeAdapterMap, defaultTreeAdapter, parseFragment, type TreeAdapter } from 'parse5';
import rehypeRemark from 'rehype-remark';
import remarkGfm from 'remark-gfm';
import remarkStringify, { type Options } from 'remark-stringify';
import { unified } from 'unified';
import { visit } from 'unist-util-visit';
import { limits } from '../limits.ts';
import { missingText, startOf } from './cut.ts';

/** What stands for the address of one of the sender's own files; undefined for every other address. */
export type NameFile = (address: string) => string | undefined;

type Parsed = DefaultTreeAdapterMap['parentNode'];

/** Thrown out of the parser, which cannot be stopped otherwise. */
class TooIntricate extends Error {}

/** Builds the tree, and stops at what only a hostile or broken text has. */
function boundedAdapter(): TreeAdapter<DefaultTreeAdapterMap> {
  let [nodes, depth] = [0, 0];
  const check = () => {
    if (nodes > limits.htmlElementsMax || depth > limits.htmlDepthMax) throw new TooIntricate();
  };
  return {
    ...defaultTreeAdapter,
    createElement(...of) {
      nodes += 1;
      check();
      return defaultTreeAdapter.createElement(...of);
    },
    onItemPush() {
      depth += 1;
      check();
    },
    onItemPop() {
      depth -= 1;
    },
  };
}

/** The walks after the parser go down by recursion. */
function isDeep(root: Parsed): boolean {
  let level: readonly Parsed[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > 2 * limits.htmlDepthMax) return true;
    level = level.flatMap(({ childNodes }) =>
      childNodes.filter((node): node is Parsed & typeof node => 'childNodes' in node),
    );
  }
  return false;
}

/** Undefined where the text is too intricate. */
function parse(html: string): Root | undefined {
  try {
    const parsed = parseFragment(html, { treeAdapter: boundedAdapter() });
    if (isDeep(parsed)) return undefined;
    const tree = fromParse5(parsed);
    return tree.type === 'root' ? tree : undefined;
  } catch (error) {
    if (error instanceof TooIntricate) return undefined;
    throw error;
  }
}

/** Elements without words of people's. */
const silent = new Set('base head iframe link math meta noscript object script style svg template title'.split(' '));
/** A cell that claims to span more is given this many. */
const spanMax = 20;
const cellsMax = 100_000;

const textOf = (value: unknown) => (typeof value === 'string' ? value.replace(/\s+/g, ' ').trim() : '');

/** A picture in words: one of the sender's own by its file, any other as a link that nobody follows. */
function pictureText({ properties }: Element, nameFile: NameFile): string {
  const [address, alt] = [textOf(properties.src), textOf(properties.alt).replace(/[[\]]/g, ' ')];
  const file = nameFile(address);
  if (file !== undefined) return `![${alt || 'image'}](${file})`;
  const name = alt ? `image: ${alt}` : 'image';
  return /^https?:\/\//i.test(address) ? `[${name}](${address})` : `[${name}]`;
}

/** What Markdown has one mark for: nested in itself it says nothing more, and takes a writer of Markdown very long. */
const marks: Readonly<Record<string, string>> = {
  ...{ i: 'em', em: 'em', cite: 'em', dfn: 'em', var: 'em', mark: 'em', u: 'em' },
  ...{ b: 'strong', strong: 'strong', s: 'del', strike: 'del', del: 'del', a: 'a' },
};

/** The element's content made ready; `within` are the marks around it. */
function prepared<Child extends RootContent>(
  children: readonly Child[],
  nameFile: NameFile,
  within: readonly string[] = [],
) {
  const inner = (element: Element, around = within) => {
    element.children = prepared(element.children, nameFile, around);
    return element;
  };
  return children.flatMap((child): (Child | ElementContent)[] => {
    if (child.type !== 'element') return [child];
    const { tagName, properties } = child;
    if (silent.has(tagName)) return [];
    if (tagName === 'img') return [{ type: 'text', value: pictureText(child, nameFile) }];
    for (const name of ['colSpan', 'rowSpan']) {
      if (!(Number(properties[name] ?? 1) <= spanMax)) properties[name] = spanMax;
    }
    const mark = marks[tagName];
    if (mark === undefined) return [inner(child)];
    if (within.includes(mark)) return inner(child).children;
    const file = mark === 'a' ? nameFile(textOf(properties.href)) : undefined;
    if (file !== undefined) properties.href = file;
    return [inner(child, [...within, mark])];
  });
}

/** Every row of a table is written as wide as its widest. */
function isWide(tree: Root): boolean {
  let [rows, widest] = [0, 0];
  visit(tree, 'element', ({ tagName, children }) => {
    if (tagName !== 'tr') return;
    rows += 1;
    const cells = children.filter((child) => child.type === 'element');
    widest = Math.max(
      widest,
      cells.reduce((sum, { properties }) => sum + Number(properties.colSpan ?? 1), 0),
    );
  });
  return rows * widest > cellsMax;
}

const style: Options = {
  bullet: '-',
  emphasis: '*',
  fences: true,
  listItemIndent: 'one',
  rule: '-',
  handlers: {
    // The reader is a model: `snake_case` and `2 * 3` are words, whatever a Markdown reader would make of them.
    text: ({ value }: { value: string }, _parent, { stack }) =>
      stack.includes('tableCell') ? value.replaceAll('|', '\\|') : value,
    break: (_node, _parent, { stack }) => (stack.includes('tableCell') ? ' ' : '\n'),
  },
};

const converter = unified()
  .use(rehypeRemark, { nodeHandlers: { comment: () => undefined } })
  .use(remarkGfm, { tablePipeAlign: false })
  .use(remarkStringify, style);

/** The words alone, for HTML that no reader takes in. */
function bare(html: string): string {
  const words = html.replace(/<[^<>]{0,2000}>/g, ' ').replace(/[^\S\n]+/g, ' ');
  return `[This text has too many HTML elements, or too deeply nested ones: only its words are left.]\n${words.trim()}`;
}

function written(html: string, nameFile: NameFile): string {
  const tree = parse(html);
  if (!tree) return bare(html);
  // Without a tag it is plain text with entities, whose lines are its own.
  if (tree.children.every(({ type }) => type === 'text')) {
    return tree.children.map((child) => ('value' in child ? child.value : '')).join('');
  }
  tree.children = prepared(tree.children, nameFile);
  return isWide(tree) ? bare(html) : converter.stringify(converter.runSync(tree));
}

/** `nameFile` says how the text names the sender's own files. */
export function markdownFromHtml(html: string, nameFile: NameFile): string {
  const bounded = startOf(html, limits.htmlCharsMax);
  const missing = html.length - bounded.length;
  const markdown = written(bounded, nameFile).replaceAll('\u00a0', ' ').trim();
  return missing > 0 ? `${markdown}\n${missingText(missing)}` : markdown;
}
