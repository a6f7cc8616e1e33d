/** A text that is too long for one message becomes a short one, with the whole as a file beside it. */
import { writeFor } from '../documents/places.ts';
import { sanitizeStart } from '../documents/shorten.ts';
import { limits } from '../limits.ts';
import type { OutboxWish } from './outgoing.ts';

const fileName = 'answer.md';

const isLong = (text: string) => text.length > limits.answerCharsMax || writeFor.slack(text).isCut;

/** The wish, or the two that stand for it, in their order. */
export function inParts(wish: OutboxWish): readonly [OutboxWish, ...OutboxWish[]] {
  const { what, buttons: _, ...own } = wish;
  if (what.kind !== 'post' || !isLong(what.text)) return [wish];
  const start = sanitizeStart(what.text, limits.answerCharsShown);
  const content = Buffer.from(what.text).toString('base64');
  return [
    { ...wish, what: { ...what, text: `${start}\n\nThe whole text is in the file ${fileName} below.` } },
    { ...own, key: `${wish.key}:file`, what: { kind: 'upload', title: 'The whole text', name: fileName, content } },
  ];
}
