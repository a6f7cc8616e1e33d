/** The files that people put on a work item, as a turn is told of them: text up to a bound, everything else by name and size. */
import { extname } from 'node:path';
import { limits } from '../limits.ts';
import type { Attachment, TrackerReads } from '../work-items/tracker.ts';

export interface ShownAttachment {
  name: string;
  bytes: number;
  /** What a text file says. */
  text?: string;
}

const textEndings = new Set(
  'txt log md markdown csv tsv json jsonl xml yml yaml toml ini html css sql diff patch js ts py rb go rs java cs sh'
    .split(' ')
    .map((name) => `.${name}`),
);

/** By its name and size: nothing of a picture or an archive is fetched. */
const isReadable = ({ name, bytes }: Attachment) =>
  textEndings.has(extname(name).toLowerCase()) && bytes > 0 && bytes <= limits.attachmentTextBytesMax;

/** Throws OutsideError. A file that is no text after all, or one too many, is only named. */
export async function readAttachments(
  tracker: Pick<TrackerReads, 'attachmentText'>,
  attachments: readonly Attachment[],
): Promise<ShownAttachment[]> {
  const shown: ShownAttachment[] = [];
  let left = limits.attachmentTextsBytesMax;
  for (const attachment of attachments) {
    const { name, bytes } = attachment;
    const text = isReadable(attachment) && bytes <= left ? await tracker.attachmentText(attachment) : undefined;
    const isText = text !== undefined && Buffer.byteLength(text) <= left && !/[\0\ufffd]/.test(text);
    if (isText) left -= Buffer.byteLength(text);
    shown.push({ name, bytes, ...(isText ? { text } : {}) });
  }
  return shown;
}
