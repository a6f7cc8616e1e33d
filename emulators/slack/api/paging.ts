/** Lists in pages: an opaque cursor leads to the next one. */
import { z } from 'zod';
import { arg, refuse } from './method.ts';

export const pageSchema = z.object({ cursor: arg.text.optional(), limit: arg.count.optional() });

const cursorAt = (at: number) => Buffer.from(`next:${at}`).toString('base64');

function offsetOf(cursor: string | undefined): number {
  if (!cursor) return 0;
  const [, at] = /^next:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString('utf8')) ?? [];
  return at === undefined ? refuse('invalid_cursor') : Number(at);
}

/** The page that the cursor means; `next` is empty on the last one. `most` is the largest page and the usual one. */
export function pageOf<T>(
  all: readonly T[],
  { cursor, limit }: z.output<typeof pageSchema>,
  most: number,
  usual = most,
) {
  if (limit !== undefined && (limit < 0 || limit > most)) return refuse('invalid_limit');
  const from = offsetOf(cursor);
  const to = from + (limit || usual);
  return { items: all.slice(from, to), next: to < all.length ? cursorAt(to) : '' };
}
