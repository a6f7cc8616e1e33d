/**
 * A text of a model, or of anybody that it quotes, as a Markdown tree in which nothing acts on whoever reads it.
 *
 * Markdown -> tree -> only words, code, lists, quotes, tables and links to known hosts -> each pattern in its words broken apart.
 */
import type { BlockContent, Code, Definition, PhrasingContent, Root, RootContent, Strong, TableCell } from 'mdast';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { breakApart, codeApart, isAllowed, marks, visible, visibleCode } from './break-apart.ts';
import { paragraphOf, type Run, runsOf } from './runs.ts';

const parser = unified().use(remarkParse).use(remarkGfm);

type Definitions = ReadonlyMap<string, Definition>;

/** One line of words in the tree, before they are broken apart. */
interface Line {
  runs: Run[];
  owner: { type: string; children: PhrasingContent[] };
}

interface Reading {
  source: string;
  hosts: readonly string[];
  /** Where references lead, by their names. */
  definitions: Definitions;
  /** The names that references have. */
  used: ReadonlySet<string>;
  lines: Line[];
}

const textOf = (value: string): PhrasingContent => ({ type: 'text', value });
const plainOf = (nodes: readonly PhrasingContent[]) =>
  runsOf(nodes)
    .map(({ value }) => value)
    .join('');

type Target = Pick<Definition, 'url' | 'title'>;

/** A link that may stay; else its words, and where it led to. */
function linkOf({ url, title }: Target, words: PhrasingContent[], { hosts }: Reading): PhrasingContent[] {
  const named = title ? [textOf(` "${title}"`)] : [];
  return [...ledTo(url, words, hosts), ...named];
}

function ledTo(url: string, words: PhrasingContent[], hosts: readonly string[]): PhrasingContent[] {
  if (isAllowed(url, hosts)) return [{ type: 'link', url, children: words as never[] }];
  const plain = plainOf(words);
  return plain === '' || ['', plain, `http://${plain}`, `mailto:${plain}`].includes(url)
    ? [...words, ...(plain ? [] : [textOf(url)])]
    : [...words, textOf(` (${url})`)];
}

/** `__proto__` is a name in most texts of a program, and not a strong word. */
function identifierOf({ children: [word, ...more], position }: Strong, source: string): PhrasingContent | undefined {
  const isName = word?.type === 'text' && more.length === 0 && /^\w+$/.test(word.value);
  return isName && source.charAt(position?.start.offset ?? 0) === '_' ? textOf(`__${word.value}__`) : undefined;
}

/** Words, code, breaks, styles and links of known hosts; all else as words. */
function phrasing(nodes: readonly PhrasingContent[], reading: Reading): PhrasingContent[] {
  return nodes.flatMap((node): PhrasingContent[] => {
    switch (node.type) {
      case 'link':
        return linkOf(node, phrasing(node.children, reading), reading);
      case 'image':
        return linkOf(node, node.alt ? [textOf(node.alt)] : [], reading);
      case 'linkReference':
      case 'imageReference': {
        const words = 'children' in node ? phrasing(node.children, reading) : [textOf(node.alt ?? '')];
        const target = reading.definitions.get(node.identifier);
        return target ? linkOf({ url: target.url }, words, reading) : words;
      }
      case 'footnoteReference':
        return [textOf(`[${node.label ?? node.identifier}]`)];
      case 'html':
        return [textOf(node.value)];
      case 'strong': {
        const name = identifierOf(node, reading.source);
        return [name ?? { ...node, children: phrasing(node.children, reading) }];
      }
      default:
        return 'children' in node ? [{ ...node, children: phrasing(node.children, reading) as never[] }] : [node];
    }
  });
}

/** A place for a line of words in the tree, to be filled once they are broken apart. */
function lineIn<Owner extends Line['owner']>(owner: Owner, nodes: readonly PhrasingContent[], reading: Reading): Owner {
  reading.lines.push({ owner, runs: runsOf(phrasing(nodes, reading)) });
  return owner;
}

const paragraph = (nodes: readonly PhrasingContent[], reading: Reading) =>
  lineIn({ type: 'paragraph' as const, children: [] as PhrasingContent[] }, nodes, reading);

/** Languages that GitHub shows as a drawing. */
const drawn = /^(?:mermaid|math|geojson|topojson|stl)$/i;

/** The code, with its language where that, before the code, is not a word that acts on it. */
function codeOf({ lang, value }: Code): Code {
  const [name, code] = [(lang ?? '').replace(/[^\w+#.-]/g, ''), codeApart(visibleCode(value))];
  const isName = name !== '' && !drawn.test(name) && codeApart(`${name}\n${code}`) === `${name}\n${code}`;
  return { type: 'code', lang: isName ? name : null, value: code };
}

/** Whether a reference says all that a definition says. */
const isShown = (node: Definition, { definitions, used }: Reading) =>
  used.has(node.identifier) && definitions.get(node.identifier) === node && !node.title;

const definitionText = ({ label, identifier, url, title }: Definition) =>
  `[${label ?? identifier}]: ${url}${title ? ` "${title}"` : ''}`;

function blocks(nodes: readonly RootContent[], reading: Reading): BlockContent[] {
  return nodes.flatMap((node): BlockContent[] => {
    switch (node.type) {
      case 'paragraph':
      case 'heading':
        return [paragraph(node.children, reading)];
      case 'html':
        return [paragraph([textOf(node.value)], reading)];
      case 'code':
        return [codeOf(node)];
      case 'blockquote':
        return [{ type: 'blockquote', children: blocks(node.children, reading) }];
      case 'list': {
        const items = node.children.map((item) => ({ ...item, children: blocks(item.children, reading) }));
        return [{ ...node, children: items }];
      }
      case 'table': {
        const cell = ({ children }: TableCell) =>
          lineIn({ type: 'tableCell' as const, children: [] }, children, reading);
        const rows = node.children.map((row) => ({ type: 'tableRow' as const, children: row.children.map(cell) }));
        return [{ type: 'table', align: node.align ?? null, children: rows }];
      }
      case 'footnoteDefinition':
        return [paragraph([textOf(`[${node.label ?? node.identifier}]`)], reading), ...blocks(node.children, reading)];
      case 'definition':
        return isShown(node, reading) ? [] : [paragraph([textOf(definitionText(node))], reading)];
      case 'thematicBreak':
        return [{ type: 'thematicBreak' }];
      default:
        return [paragraph([node as PhrasingContent], reading)];
    }
  });
}

/** Every definition by its name, the first where there are more. */
function definitionsIn(nodes: readonly RootContent[], found = new Map<string, Definition>()): Definitions {
  for (const node of nodes) {
    if (node.type === 'definition' && !found.has(node.identifier)) found.set(node.identifier, node);
    else if ('children' in node) definitionsIn(node.children as RootContent[], found);
  }
  return found;
}

function namesUsed(nodes: readonly RootContent[], found = new Set<string>()): ReadonlySet<string> {
  for (const node of nodes) {
    if (node.type === 'linkReference' || node.type === 'imageReference') found.add(node.identifier);
    if ('children' in node) namesUsed(node.children as RootContent[], found);
  }
  return found;
}

/** A run as its piece of the strip. */
function pieceOf(run: Run): string {
  if (run.kind !== 'text') return run.kind === 'code' ? marks.code : '\n';
  const words = visible(run.value);
  return run.link === words ? words.replace('://', `${marks.colon}//`) : words;
}

/** A cell of a table is one line. */
const withoutBreaks = (run: Run): Run =>
  run.kind === 'code' ? run : { ...run, kind: 'text', value: run.value.replaceAll('\n', ' ') };

const inCode = (code: string) => codeApart(visible(code));

/** Breaks apart what stands in the lines, each pattern found across styles and lines, and fills their places in the tree. */
function fill(lines: readonly Line[]): void {
  const strip = lines.map(({ runs }) => runs.map(pieceOf).join(marks.border)).join(marks.block);
  const codes = lines.flatMap(({ runs }) =>
    runs.flatMap(({ kind, value }) => (kind === 'code' ? [inCode(value)] : [])),
  );
  const apart = breakApart(strip, codes).replaceAll(marks.colon, ':').split(marks.block);
  for (const [at, { owner, runs }] of lines.entries()) {
    const isCell = owner.type === 'tableCell';
    const pieces = (apart[at] ?? '').split(marks.border);
    const broken = runs.flatMap((run, nth): Run[] => {
      // An exclamation mark before a link would make it an image.
      const isBeforeLink = !run.link && runs[nth + 1]?.link;
      const piece = pieces[nth] ?? '';
      if (run.kind === 'code') return [{ ...run, value: piece.slice(1, -1) }];
      if (run.kind === 'break') return [run, { kind: 'text', value: piece.slice(1) }];
      return [{ ...run, value: isBeforeLink ? piece.replace(/(?<!!)!+$/, '') : piece }];
    });
    owner.children = paragraphOf(isCell ? broken.map(withoutBreaks) : broken).children;
  }
}

/** The tree without what has nothing in it. */
function pruned<Node extends BlockContent>(nodes: readonly Node[]): Node[] {
  return nodes.flatMap((node): Node[] => {
    if (node.type === 'list') {
      const items = node.children.map((item) => ({ ...item, children: pruned(item.children as BlockContent[]) }));
      const children = items.filter((item) => item.children.length > 0);
      return children.length > 0 ? [{ ...node, children }] : [];
    }
    if (node.type === 'blockquote') {
      const children = pruned(node.children as BlockContent[]);
      return children.length > 0 ? [{ ...node, children }] : [];
    }
    return node.type === 'paragraph' && node.children.length === 0 ? [] : [node];
  });
}

/** The text as a harmless tree. `hosts` are those to which links may lead, with their port where they have one. */
export function readDocument(text: string, hosts: readonly string[]): Root {
  const { children } = parser.parse(text);
  const definitions = definitionsIn(children);
  const reading: Reading = { source: text, hosts, definitions, used: namesUsed(children), lines: [] };
  const read = blocks(children, reading);
  fill(reading.lines);
  return { type: 'root', children: pruned(read) };
}
