/** What people wrote on a work item, as Markdown for a reader; what the gate compares stays as the tracker keeps it. */
import type { Tile, TileComment, TrackerReads } from './tracker.ts';

type Reads = Pick<TrackerReads, 'markdownOf'>;

/** The words of a tile's content fields, by their names. */
export async function readableFields(
  reads: Reads,
  { content }: Pick<Tile, 'content'>,
): Promise<Record<string, string>> {
  const fields: [string, string][] = [];
  for (const [name, text] of Object.entries(content)) fields.push([name, await reads.markdownOf(text)]);
  return Object.fromEntries(fields.filter(([, text]) => text !== ''));
}

/** The comments with their text as Markdown. */
export async function readableComments(reads: Reads, comments: readonly TileComment[]): Promise<TileComment[]> {
  const readable: TileComment[] = [];
  for (const comment of comments) {
    readable.push({ ...comment, text: await reads.markdownOf(comment), format: 'markdown' });
  }
  return readable;
}
