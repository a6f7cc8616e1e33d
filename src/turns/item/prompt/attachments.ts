/** The files that people put on a work item or pasted into its texts, as a turn is told of them: texts and pictures up to a bound, everything else by name and size. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { OutsideError } from '../../../base/errors.ts';
import { limits } from '../../../limits.ts';
import type { PastedFile } from '../../../work-items/pasted-file.ts';
import type { Attachment, TrackerReads } from '../../../work-items/tracker.ts';

export interface ShownAttachment {
  id: string;
  name: string;
  /** Unknown of a pasted file that was not read. */
  bytes?: number;
  /** What a text file says. */
  text?: string;
  /** Where the engine sees a picture, and its bytes. */
  picture?: { path: string; content: Uint8Array };
}

type Reads = Pick<TrackerReads, 'attachment'>;

/** Where pictures are inside the sandbox, under names of ours. */
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

export const isPicture = (name: string) => pictureEndings.has(extname(name).toLowerCase());

/** What a file may be by its name and stated size: nothing of an archive is fetched. */
function kindOf({ name, bytes }: Attachment): 'text' | 'picture' | undefined {
  if (bytes <= 0) return undefined;
  if (textEndings.has(extname(name).toLowerCase()) && bytes <= limits.attachmentTextBytesMax) return 'text';
  return isPicture(name) && bytes <= limits.attachmentPictureBytesMax ? 'picture' : undefined;
}

/** Anybody can write the address of a file that does not exist, or that we may not read: it keeps no turn from beginning. */
async function pastedContent(tracker: Reads, file: PastedFile): Promise<Uint8Array | undefined> {
  try {
    return await tracker.attachment(file);
  } catch (error) {
    const isOfFile = error instanceof OutsideError && !['unreachable', 'limited'].includes(error.facts.kind);
    if (isOfFile) return undefined;
    throw error;
  }
}

/**
 * Reads pasted pictures first, then attached files. A file that is not what its name says, or one too many, is only named.
 * Throws OutsideError.
 */
export async function readAttachments(
  tracker: Reads,
  attachments: readonly Attachment[],
  pasted: readonly PastedFile[] = [],
): Promise<ShownAttachment[]> {
  const shown: ShownAttachment[] = [];
  let bytesLeft: number = limits.attachmentTextsBytesMax;
  let pictures = 0;

  function pictureOf(content: Uint8Array | undefined): Pick<ShownAttachment, 'picture'> {
    const form = content && formOf(content);
    if (!form) return {};
    pictures += 1;
    return { picture: { path: `${picturesInside}/${pictures}.${form}`, content } };
  }

  for (const file of pasted) {
    const fits = isPicture(file.name) && pictures < limits.attachmentPicturesMax;
    const content = fits ? await pastedContent(tracker, file) : undefined;
    shown.push({ ...file, ...(content ? { bytes: content.length } : {}), ...pictureOf(content) });
  }
  const seen = new Set(shown.map(({ id }) => id));
  for (const attachment of attachments.filter(({ id }) => !seen.has(id))) {
    const { id, name, bytes } = attachment;
    const kind = kindOf(attachment);
    const fits = kind === 'text' ? bytes <= bytesLeft : pictures < limits.attachmentPicturesMax;
    const content = kind && fits ? await tracker.attachment(attachment) : undefined;
    const text = content && kind === 'text' ? textOf(content, bytesLeft) : undefined;
    if (content && text !== undefined) bytesLeft -= content.length;
    const picture = kind === 'picture' ? pictureOf(content) : {};
    shown.push({ id, name, bytes, ...(text === undefined ? {} : { text }), ...picture });
  }
  return shown;
}

const picturesFolder = (runDir: string) => join(runDir, 'attachments');

/** The folder of the turn that its pictures are put into, and where the engine sees it. */
export function picturesMount(runDir: string): { source: string; target: string } {
  const source = picturesFolder(runDir);
  mkdirSync(source, { mode: 0o755 });
  return { source, target: picturesInside };
}

/** Puts the pictures there; the engine may have started before. */
export function layOutPictures(runDir: string, shown: readonly ShownAttachment[]): void {
  for (const { path, content } of shown.flatMap(({ picture }) => picture ?? [])) {
    writeFileSync(join(picturesFolder(runDir), path.slice(picturesInside.length + 1)), content, { mode: 0o644 });
  }
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
