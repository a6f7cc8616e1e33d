/** What is in the markup of a page: its elements, and what people read there. */
import { type DefaultTreeAdapterTypes, parse } from 'parse5';

type Node = DefaultTreeAdapterTypes.Node;
export type Element = DefaultTreeAdapterTypes.Element;

const childrenOf = (node: Node): Node[] => ('childNodes' in node ? node.childNodes : []);

function elementsOf(node: Node): Element[] {
  return [...('tagName' in node ? [node] : []), ...childrenOf(node).flatMap(elementsOf)];
}

/** Every element of a page, in order. */
export const elementsIn = (markup: string): Element[] => elementsOf(parse(markup));

/** Those below an element, without itself. */
export const within = (element: Element): Element[] => childrenOf(element).flatMap(elementsOf);

export const attribute = ({ attrs }: Element, name: string): string | undefined =>
  attrs.find((one) => one.name === name)?.value;

export const hasClass = (element: Element, name: string): boolean =>
  attribute(element, 'class')?.split(' ').includes(name) ?? false;

const inline = new Set(['a', 'b', 'code', 'em', 'span', 'strong', 'time']);

function words(node: Node, hasAddresses: boolean): string {
  if ('value' in node) return String(node.value);
  const inner = childrenOf(node)
    .map((child) => words(child, hasAddresses))
    .join('');
  if (!('tagName' in node)) return inner;
  if (hasAddresses && hasClass(node, 'out')) return attribute(node, 'href') ?? '';
  if (node.tagName === 'code') return `\`${inner.trim()}\``;
  return inline.has(node.tagName) ? inner : ` ${inner} `;
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();

/** What people read, on one line, with code between backticks. */
export const textOf = (element: Element): string => oneLine(words(element, false));

/** The same with the addresses of other systems where a link leads there. */
export const textWithAddresses = (element: Element): string => oneLine(words(element, true));
