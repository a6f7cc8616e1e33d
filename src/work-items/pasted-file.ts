/** Files that people pasted into a text: the text names each as `attachment:ID/NAME`, whatever the tracker's own address of it is. */
import { startOf } from '../documents/cut.ts';

export interface PastedFile {
  /** The tracker's id of the file. */
  id: string;
  name: string;
}

const nameCharsMax = 100;
const form = /attachment:([\w-]{1,64})\/([\p{L}\p{N}\p{M}._-]{1,120})/gu;

/** How a text names the file; in the name only letters, digits, dots and dashes stay. */
export function pastedFileText({ id, name }: PastedFile): string {
  const plain = name.replace(/[^\p{L}\p{N}\p{M}._-]+/gu, '-');
  return `attachment:${id}/${startOf(plain, nameCharsMax) || 'file'}`;
}

/** The files that a text names, each once, in order. */
export function pastedFilesIn(text: string): PastedFile[] {
  const found = new Map<string, PastedFile>();
  for (const [, id = '', name = ''] of text.matchAll(form)) if (!found.has(id)) found.set(id, { id, name });
  return [...found.values()];
}

/** The text with each named file called as `called` says. */
export function withPastedFiles(text: string, called: (file: PastedFile) => string): string {
  return text.replace(form, (_, id: string, name: string) => called({ id, name }));
}
