/** Markdown as somebody who reads it gets it: the tree that a reader makes of it, and its source without code. */
import type { Nodes, Root } from 'mdast';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { visit } from 'unist-util-visit';

const reader = unified().use(remarkParse).use(remarkGfm);

export interface Reading {
  root: Root;
  /** The source, with a back-tick in place of each piece of code. */
  outsideCode: string;
  /** The value of each piece of code. */
  code: string[];
}

export function readMarkdown(markdown: string): Reading {
  const root = reader.parse(markdown);
  const [code, cuts]: [string[], [number, number][]] = [[], []];
  visit(root, (node: Nodes) => {
    if (node.type !== 'code' && node.type !== 'inlineCode') return;
    code.push(node.value);
    cuts.push([node.position?.start.offset ?? 0, node.position?.end.offset ?? 0]);
  });
  let [said, at] = ['', 0];
  for (const [start, end] of cuts) {
    said += `${markdown.slice(at, start)}\``;
    at = end;
  }
  return { root, outsideCode: said + markdown.slice(at), code };
}

/** The source of each heading, as a reader sees it. */
export function headingsIn(markdown: string): string[] {
  const headings: string[] = [];
  visit(reader.parse(markdown), 'heading', ({ position }) => {
    headings.push(markdown.slice(position?.start.offset, position?.end.offset));
  });
  return headings;
}
