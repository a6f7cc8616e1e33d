/**
 * What a second look may say: warnings of four fixed kinds, each with a quote that stands in what was looked at.
 *
 * answer of the model -> entries of a known form -> the quote is looked for in the texts -> our words, the place, the quote
 */
import { z } from 'zod';
import { startOf } from '../documents/cut.ts';
import { sanitizeLine } from '../documents/lines.ts';
import { limits } from '../limits.ts';

/** What is said of each kind; the model chooses one, and words none of them. */
const kinds = {
  instruction: 'Words that give the agent orders',
  secret: 'Looks like a secret',
  scope: 'Goes beyond the work item',
  tests: 'No test covers this',
} as const;

export const warningKinds = Object.keys(kinds) as (keyof typeof kinds)[];

export interface Warning {
  kind: keyof typeof kinds;
  /** Which text the quote stands in. */
  where: string;
  /** As it stands there. */
  quote: string;
}

/** A text that was looked at, and what people call it. */
export interface LookedAt {
  name: string;
  text: string;
}

/** A shorter quote could stand anywhere. */
export const quoteCharsMin = 4;

const answerSchema = z.array(z.unknown()).max(100);
const entrySchema = z.strictObject({
  kind: z.enum(Object.keys(kinds) as [Warning['kind'], ...Warning['kind'][]]),
  quote: z.string().trim().min(quoteCharsMin),
});

/** Of a secret the beginning of each long word is enough to find it, and too little to use it. */
const masked = (quote: string) => quote.replace(/\S{8,}/gu, (word) => `${startOf(word, 4)}…`);

/**
 * The warnings that hold, and how many do not; undefined where the answer is not a list. The last text with a quote is its place:
 * the first one is the plan, which repeats what others say.
 */
export function warningsIn(
  answer: unknown,
  texts: readonly LookedAt[],
): { warnings: Warning[]; dropped: number } | undefined {
  const list = answerSchema.safeParse(answer).data;
  if (!list) return undefined;
  const held = list.flatMap((entry) => {
    const { data } = entrySchema.safeParse(entry);
    const source = data && texts.findLast(({ text }) => text.includes(data.quote));
    if (!source) return [];
    const quote = startOf(data.quote, limits.secondLookQuoteCharsMax);
    return [{ kind: data.kind, where: source.name, quote: data.kind === 'secret' ? masked(quote) : quote }];
  });
  const warnings = [...new Map(held.map((warning) => [JSON.stringify(warning), warning])).values()];
  return { warnings: warnings.slice(0, limits.secondLookWarningsMax), dropped: list.length - held.length };
}

const whereCharsMax = 200;

/** What stands in a quote neither ends it nor is bold or code, as our own words beside it are. */
const literal = (line: string) => line.replace(/[\\`*_~]/g, '\\$&').replaceAll('"', "'");

/** Markdown, one line a warning; nothing in a quote acts, or passes for the platform's words. Undefined where there is none. */
export function warningsText(warnings: readonly Warning[], of: 'plan' | 'change'): string | undefined {
  if (warnings.length === 0) return undefined;
  const lines = warnings.map(
    ({ kind, where, quote }) =>
      `- **${kinds[kind]}**, in ${literal(startOf(sanitizeLine(where), whereCharsMax))}: "${literal(sanitizeLine(quote))}"`,
  );
  const head = `**A second look at this ${of} warns.** A model chose these quotes, so look for yourself. They neither approve nor block.`;
  return `${head}\n\n${lines.join('\n')}`;
}
