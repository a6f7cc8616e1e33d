/** Writes a harmless tree as HTML, for boards and mail without Markdown. */
import type { Root } from 'mdast';
import rehypeStringify from 'rehype-stringify';
import remarkRehype from 'remark-rehype';
import { unified } from 'unified';

const writer = unified().use(remarkRehype).use(rehypeStringify).freeze();

/** The tree as HTML with tags and links only; the words are escaped. */
export function toHtml(root: Root): string {
  return writer.stringify(writer.runSync(root)).trim();
}
