/** Cuts what people wrote to what a model can take in at once: the news first, then what is asked for, then the newest comments. */
import { cutText } from '../../talk/cut-text.ts';
import type { PromptFacts } from './prompt.ts';

/** The facts with at most about `charsMax` characters of people's words, and nothing of them gone without a word. */
export function cutFacts(facts: PromptFacts, charsMax: number): PromptFacts {
  let left = charsMax;
  const take = (text: string, most = left): string => {
    const kept = cutText(text, Math.max(Math.min(most, left), 0));
    left -= Math.min(text.length, kept.length);
    return kept;
  };
  const { item, tile, comments, attachments } = facts;
  const half = charsMax / 2;
  const hint = item.hint === undefined ? {} : { hint: take(item.hint, half / 2) };
  const content = Object.fromEntries(Object.entries(tile.content).map(([name, text]) => [name, take(text, half)]));
  const newest = comments.toReversed().map((comment) => ({ ...comment, text: take(comment.text, half) }));
  return {
    ...facts,
    item: { ...item, ...hint },
    tile: { ...tile, content },
    comments: newest.reverse(),
    attachments: attachments.map((file) => (file.text === undefined ? file : { ...file, text: take(file.text) })),
  };
}
