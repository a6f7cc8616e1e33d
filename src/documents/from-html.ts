/**
 * HTML that people wrote, as Markdown for a reader who is a model: HTML -> tree -> Markdown tree -> text.
 *
 * Tables keep their cells, preformatted text its lines, links their addresses; entities are decoded, scripts and styles are left
 * out, and words are not escaped. Hostile HTML is bounded while it is parsed: by length, by nesting and by its number of elements.
 */
import type { Element, ElementContent, Root, RootContent, Text } from 'hast';
import { fromParse5 } from 'hast-util-from-parse5';
import type { Link } from 'mdast';
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

/** What else stays as it is in a cell of a table, whose row is one line: all other elements are only words there. */
const inline = new Set([
  ...Object.keys(marks),
  ...'code kbd samp tt span font sub sup small big abbr q ins'.split(' '),
]);

interface Around {
  /** The marks around an element. */
  marked: readonly string[];
  inCell: boolean;
}

const space = (): Text => ({ type: 'text', value: ' ' });
const isBreak = (node: ElementContent | undefined) => node?.type === 'element' && node.tagName === 'br';

/** Takes white space and line breaks away from one end of what a style holds. */
function edgeOf(children: ElementContent[], end: 'start' | 'end'): ElementContent[] {
  const edge: ElementContent[] = [];
  const [take, put] = end === 'start' ? (['shift', 'push'] as const) : (['pop', 'unshift'] as const);
  for (;;) {
    const node = children.at(end === 'start' ? 0 : -1);
    if (node === undefined) return edge;
    if (node.type === 'text') {
      const words = end === 'start' ? node.value.trimStart() : node.value.trimEnd();
      if (words !== node.value) edge[put](space());
      node.value = words;
      if (words !== '') return edge;
    } else if (isBreak(node)) edge[put](node);
    else return edge;
    children[take]();
  }
}

/** A style with its white space outside, since `** a **` is no style; nothing of one that holds nothing. */
function styled(element: Element): ElementContent[] {
  const before = edgeOf(element.children, 'start');
  const after = edgeOf(element.children, 'end');
  return [...before, ...(element.children.length > 0 ? [element] : []), ...after];
}

/** The elements' content made ready. */
function prepared<Child extends RootContent>(
  children: readonly Child[],
  nameFile: NameFile,
  around: Around = { marked: [], inCell: false },
): (Child | ElementContent)[] {
  const { marked, inCell } = around;
  const inner = (element: Element, within = around) => {
    element.children = prepared(element.children, nameFile, within);
    return element;
  };
  return children.flatMap((child): (Child | ElementContent)[] => {
    if (inCell && child.type === 'text') return [{ ...child, value: child.value.replace(/\s+/g, ' ') }];
    if (child.type !== 'element') return [child];
    const { tagName, properties } = child;
    if (silent.has(tagName)) return [];
    if (tagName === 'img') return [{ type: 'text', value: pictureText(child, nameFile) }];
    if (inCell && !inline.has(tagName)) return [space(), ...inner(child).children, space()];
    for (const name of ['colSpan', 'rowSpan']) {
      if (!(Number(properties[name] ?? 1) <= spanMax)) properties[name] = spanMax;
    }
    if (tagName === 'td' || tagName === 'th') return [inner(child, { marked, inCell: true })];
    const mark = marks[tagName];
    if (mark === undefined) return [inner(child)];
    if (marked.includes(mark)) return inner(child).children;
    const file = mark === 'a' ? nameFile(textOf(properties.href)) : undefined;
    if (file !== undefined) properties.href = file;
    const ready = inner(child, { marked: [...marked, mark], inCell });
    return mark === 'a' ? [ready] : styled(ready);
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

type Write = NonNullable<NonNullable<Options['handlers']>['link']>;

/** Writes a style between its signs, whatever is next to them: the reader is a model. */
function between(sign: string): Write {
  const write: Write = (node, _parent, state, info) => {
    const words = state.containerPhrasing(node, { ...info, before: sign, after: sign });
    return words === '' ? '' : sign + words + sign;
  };
  // Without it each style is written twice, and what is in it four times.
  return Object.assign(write, { peek: () => sign.charAt(0) });
}

/** The address as it is, but for what would end it. */
const writeLink: Write = Object.assign(
  ((node: Link, _parent, state, info) => {
    const words = state.containerPhrasing(node, { ...info, before: '[', after: ']' });
    const ending = state.stack.includes('tableCell') ? /[<>|]/g : /[<>]/g;
    const address = node.url.replace(/[\r\n\t]/g, '').replace(ending, encodeURIComponent);
    if (words === address) return `<${address}>`;
    return /[\s()]/.test(address) ? `[${words}](<${address}>)` : `[${words}](${address})`;
  }) satisfies Write,
  { peek: () => '[' },
);

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
    strong: between('**'),
    emphasis: between('*'),
    delete: between('~~'),
    link: writeLink,
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
