/** Writes a harmless tree as Markdown: work item comments, pull requests. */
import type { Link, Parents, Root, Text } from 'mdast';
import remarkGfm from 'remark-gfm';
import remarkStringify, { type Options } from 'remark-stringify';
import { unified } from 'unified';

type Write = NonNullable<NonNullable<Options['handlers']>['link']>;
type State = Parameters<Write>[2];

/** The nodes before and after the one that is being written. */
function neighbours(parent: Parents | undefined, state: State) {
  const at = state.indexStack.at(-1) ?? 0;
  return { beforeNode: parent?.children[at - 1], afterNode: parent?.children[at + 1] };
}

/** An address that stands alone is written bare, since not every reader knows it between angle brackets. */
const writeLink: Write = (link: Link, parent: Parents | undefined, state, info) => {
  const [words] = link.children;
  const { afterNode: next } = neighbours(parent, state);
  const isLast = next === undefined || (next.type === 'text' && /^[.,;:!?)]*(?:\s|$)/.test(next.value));
  const isAlone = isLast && /^[\s(]?$/.test(info.before);
  if (isAlone && link.children.length === 1 && words?.type === 'text' && words.value === link.url) return link.url;
  const exit = state.enter('link');
  const leave = state.enter('label');
  const text = state.containerPhrasing(link, { ...info, before: '[', after: ']' });
  leave();
  exit();
  return `[${text}](${link.url})`;
};

/** No link is written in this form, so that a bracket before a word needs no backslash, but for the box of a task. */
const writeText: Write = (text: Text, parent: Parents | undefined, state, info) =>
  state.safe(text.value, { ...info, ...neighbours(parent, state) }).replace(/\\\[(?=[\p{L}\p{N}])(?!x\])/giu, '[');

const writer = unified()
  .use(remarkGfm, { tablePipeAlign: false })
  .use(remarkStringify, {
    bullet: '-',
    rule: '*',
    incrementListMarker: true,
    listItemIndent: 'one',
    // A line break is two spaces, since not every reader knows a backslash at the end of a line.
    handlers: { link: writeLink, text: writeText, break: () => '  \n' },
  })
  .freeze();

/** The tree as Markdown, without white space at either end. */
export function toMarkdown(root: Root): string {
  return writer.stringify(root).trim();
}
