/** The words of a paragraph as a flat row of runs: each a piece of text, code or a line break, with how it is shown. */
import type { Paragraph, PhrasingContent } from 'mdast';

/** How words are shown, outermost first where two are equally long. */
const styles = ['link', 'strong', 'emphasis', 'delete'] as const;
type Style = (typeof styles)[number];

/** `link` is the address that the run leads to. */
export interface Run extends Partial<Record<Style, string>> {
  kind: 'text' | 'code' | 'break';
  value: string;
}

type Shown = Partial<Record<Style, string>>;

/** White space between two pieces of one style belongs to that style. */
const commonLook = (one: Run, other: Run): Shown =>
  Object.fromEntries(
    styles.flatMap((style) => (one[style] && one[style] === other[style] ? [[style, one[style]]] : [])),
  );
const isAlike = (one: Run, other: Run) => styles.every((style) => one[style] === other[style]);

/** Neighbours that look alike are one run, empty ones are none, and white space at the edge of a style is outside of it. */
function tidyRuns(runs: readonly Run[]): Run[] {
  const parts = runs.flatMap((run): Run[] => {
    if (run.kind !== 'text') return [run];
    const words = run.value.trim();
    const start = run.value.length - run.value.trimStart().length;
    const [before, after] = [run.value.slice(0, start), run.value.slice(start + words.length)];
    return words === ''
      ? [{ kind: 'text', value: before }]
      : [
          { kind: 'text', value: before },
          { ...run, value: words },
          { kind: 'text', value: after },
        ];
  });
  const tidy: Run[] = [];
  for (const [index, part] of parts.entries()) {
    if (part.value === '' && part.kind === 'text') continue;
    const last = tidy.at(-1);
    const next = parts.slice(index + 1, index + 4).find(({ kind, value }) => kind !== 'text' || value.trim() !== '');
    const isSpace = part.kind === 'text' && part.value.trim() === '';
    const run = isSpace && last && next ? { ...part, ...commonLook(last, next) } : part;
    if (last?.kind === 'text' && run.kind === 'text' && isAlike(last, run)) last.value += run.value;
    else tidy.push({ ...run });
  }
  return tidy;
}

function leafOf({ kind, value }: Run): PhrasingContent {
  if (kind === 'break') return { type: 'break' };
  return kind === 'code' ? { type: 'inlineCode', value } : { type: 'text', value };
}

const isWordChar = (char: string) => /[^\s\p{P}\p{S}]/u.test(char);

/** Whether a style can be written with these neighbours: its signs must touch words from outside, or words only. */
function isWritable(before: PhrasingContent | undefined, inside: readonly Run[], after: Run | undefined): boolean {
  if (before && before.type !== 'text') return before.type === 'break' || before.type === 'inlineCode';
  const outside = [before?.value.at(-1) ?? '', after?.kind === 'text' ? after.value.charAt(0) : ''];
  const isBare = (run: Run) => run.kind === 'text' && styles.every((style) => !run[style]);
  const edge = (run: Run | undefined, at: number) => (run && isBare(run) ? (run.value.at(at) ?? '') : '');
  const inner = [edge(inside[0], 0), edge(inside.at(-1), -1)];
  return outside.every((char, side) => !isWordChar(char) || isWordChar(inner[side] ?? ''));
}

function add(nodes: PhrasingContent[], node: PhrasingContent): void {
  const last = nodes.at(-1);
  if (last?.type === 'text' && node.type === 'text') last.value += node.value;
  else nodes.push(node);
}

/** The row as a tree, in which the style that reaches farthest stands outermost, without those that cannot be written. */
function nested(row: readonly Run[]): PhrasingContent[] {
  const runs = [...row];
  const nodes: PhrasingContent[] = [];
  for (let at = 0; at < runs.length; ) {
    const first = runs[at] as Run;
    const reachOf = (style: Style) => {
      const end = runs.slice(at).findIndex((run) => run[style] !== first[style]);
      return end < 0 ? runs.length - at : end;
    };
    const style = styles.filter((one) => first[one]).sort((one, other) => reachOf(other) - reachOf(one))[0];
    if (!style) {
      add(nodes, leafOf(first));
      at += 1;
      continue;
    }
    const reach = reachOf(style);
    const inside = runs.slice(at, at + reach).map(({ [style]: _, ...run }) => run as Run);
    // A sign right behind an at sign would make them a mention for some.
    const isPlain = inside.at(-1)?.value.endsWith('@') ?? false;
    const isLink = style === 'link';
    if (isPlain || !(isLink || isWritable(nodes.at(-1), inside, runs[at + reach]))) {
      runs.splice(at, reach, ...inside);
      continue;
    }
    const children = nested(inside);
    nodes.push(
      isLink ? { type: 'link', url: first.link ?? '', children: children as never[] } : { type: style, children },
    );
    at += reach;
  }
  return nodes;
}

/** White space as Markdown takes it: none at either end of a line, and one space between words. */
function spaced(runs: readonly Run[]): Run[] {
  return runs.map((run, at) => {
    if (run.kind !== 'text') return run;
    const value = run.value.replace(/ {2,}/g, ' ').replace(/ ?\n[ \n]*/g, '\n');
    const isStart = at === 0 || runs[at - 1]?.kind === 'break';
    const isEnd = at === runs.length - 1 || runs[at + 1]?.kind === 'break';
    return { ...run, value: (isEnd ? (text: string) => text.trimEnd() : String)(isStart ? value.trimStart() : value) };
  });
}

export function paragraphOf(runs: readonly Run[]): Paragraph {
  return { type: 'paragraph', children: nested(tidyRuns(spaced(tidyRuns(runs)))) };
}

/** The runs of nodes that hold only text, code, breaks, styles and links. */
export function runsOf(nodes: readonly PhrasingContent[], look: Shown = {}): Run[] {
  return nodes.flatMap((node): Run[] => {
    if (node.type === 'text') return [{ kind: 'text', value: node.value, ...look }];
    if (node.type === 'inlineCode') return [{ kind: 'code', value: node.value, ...look }];
    if (node.type === 'break') return [{ kind: 'break', value: '\n', ...look }];
    if (node.type === 'link') return runsOf(node.children, { ...look, link: node.url });
    if ('children' in node) return runsOf(node.children, { ...look, [node.type]: 'yes' });
    return 'value' in node ? [{ kind: 'text', value: node.value, ...look }] : [];
  });
}
