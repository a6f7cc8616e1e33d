/** Which of several work items starts first: priority, then what is expedited, then age. */
import type { TileSummary } from './tracker.ts';

/** That of a work item of which nothing is known: the middle of the priorities 1 to 4. */
const priorityDefault = 2;

/** The lower the sooner; items of the same rank go in the order of their numbers, which is that of their age. */
export function rankOf({ priority, tags }: Pick<TileSummary, 'priority' | 'tags'>, expediteTag?: string): number {
  const wanted = expediteTag?.toLowerCase();
  const isExpedited = tags.some((tag) => tag.toLowerCase() === wanted);
  return 2 * (priority ?? priorityDefault) + (isExpedited ? 0 : 1);
}

export const rankDefault = rankOf({ tags: [] });
