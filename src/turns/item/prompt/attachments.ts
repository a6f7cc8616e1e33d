/** The files that people put on a work item, as a turn is told of them: texts and pictures up to a bound, everything else by name and size. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { limits } from '../../../limits.ts';
import type { Attachment, TrackerReads } from '../../../work-items/tracker.ts';

export interface ShownAttachment {
  name: string;
  bytes: number;
  /** What a text file says. */
  text?: string;
  /** Where the engine sees a picture, and its bytes. */
  picture?: { path: string; content: Uint8Array };
}

/** Where pictures stand inside the sandbox, under names of ours. */
const picturesInside = '/attachments';

const endings = (names: string) => new Set(names.split(' ').map((name) => `.${name}`));
const textEndings = endings(
  'txt log md markdown csv tsv json jsonl xml yml yaml toml ini html css sql diff patch js ts py rb go rs java cs sh',
);
const pictureEndings = endings('png jpg jpeg gif webp');

/** How a file of each form begins. */
const pictureForms = [
  ['png', /^89504e470d0a1a0a/],
  ['jpg', /^ffd8ff/],
  ['gif', /^47494638/],
  ['webp', /^52494646.{8}57454250/],
] as const;

/** What a file may be by its name and stated size: nothing of an archive is fetched. */
function kindOf({ name, bytes }: Attachment): 'text' | 'picture' | undefined {
  const ending = extname(name).toLowerCase();
  if (bytes <= 0) return undefined;
  if (textEndings.has(ending) && bytes <= limits.attachmentTextBytesMax) return 'text';
  return pictureEndings.has(ending) && bytes <= limits.attachmentPictureBytesMax ? 'picture' : undefined;
}

/** Throws OutsideError. A file that is not what its name says, or one too many, is only named. */
export async function readAttachments(
  tracker: Pick<TrackerReads, 'attachment'>,
  attachments: readonly Attachment[],
): Promise<ShownAttachment[]> {
  const shown: ShownAttachment[] = [];
  let bytesLeft: number = limits.attachmentTextsBytesMax;
  let pictures = 0;
  for (const attachment of attachments) {
    const { name, bytes } = attachment;
    const kind = kindOf(attachment);
    const fits = kind === 'text' ? bytes <= bytesLeft : pictures < limits.attachmentPicturesMax;
    const content = kind && fits ? await tracker.attachment(attachment) : undefined;
    const text = content && kind === 'text' ? textOf(content, bytesLeft) : undefined;
    const form = content && kind === 'picture' ? formOf(content) : undefined;
    if (content && text !== undefined) bytesLeft -= content.length;
    if (form) pictures += 1;
    const picture = content && form ? { path: `${picturesInside}/${pictures}.${form}`, content } : undefined;
    shown.push({ name, bytes, ...(text === undefined ? {} : { text }), ...(picture ? { picture } : {}) });
  }
  return shown;
}

/** Puts the pictures into a folder of the turn; the mount that shows them, where there are any. */
export function layOutPictures(runDir: string, shown: readonly ShownAttachment[]) {
  const pictures = shown.flatMap(({ picture }) => picture ?? []);
  if (pictures.length === 0) return [];
  const folder = join(runDir, 'attachments');
  mkdirSync(folder, { mode: 0o755 });
  for (const { path, content } of pictures) {
    writeFileSync(join(folder, path.slice(picturesInside.length + 1)), content, { mode: 0o644 });
  }
  return [{ source: folder, target: picturesInside }];
}

function textOf(content: Uint8Array, bytesMax: number): string | undefined {
  const text = new TextDecoder().decode(content);
  return content.length <= bytesMax && !/[\0\ufffd]/.test(text) ? text : undefined;
}

/** Only what begins as a picture does: a model that cannot read one would not get on. */
function formOf(content: Uint8Array): string | undefined {
  const start = Buffer.from(content.subarray(0, 16)).toString('hex');
  const fits = content.length <= limits.attachmentPictureBytesMax;
  return fits ? pictureForms.find(([, form]) => form.test(start))?.[0] : undefined;
}
