/** An agent's notes as files: which names they have, and a folder of them as it is read and written, whoever filled it. */
import { isUtf8 } from 'node:buffer';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readFilesIn, writeFileWhole } from '../base/files.ts';
import { limits } from '../limits.ts';

/** One file of notes; an empty text is one that is not there. */
export interface MemoryFile {
  /** Its name, such as `notes.md`. */
  readonly file: string;
  readonly text: string;
}

export interface MemoryReading {
  readonly files: MemoryFile[];
  /** Those that have a name of notes and cannot be taken: what is known of them stays. */
  readonly refused: { readonly file: string; readonly why: string }[];
}

/** Where a person reads and edits the notes that count. */
export interface MemoryFolder {
  /** Undefined when there is no folder that can be read. */
  read(): MemoryReading | undefined;
  write(file: MemoryFile): void;
}

/** The platform's own record beside the notes; no notes bear its name. */
export const activityFile = 'activity.md';

const noteForm = /^[a-z0-9-]{1,60}\.md$/;

export function isNoteName(name: string): boolean {
  return noteForm.test(name) && name !== activityFile;
}

const writableByOthers = 0o022;
const control = /(?![\t\n])\p{Cc}/gu;

/** The notes in a folder that a hostile program may be filling; links, special and large files are refused unread. */
export function readMemory(folder: string, forbiddenMode = 0): MemoryReading | undefined {
  const { memoryFileBytesMax: bytesMax, memoryNamesMax: namesMax, memoryFilesMax } = limits;
  const found = readFilesIn(folder, { isWanted: isNoteName, namesMax, bytesMax });
  if (!found) return undefined;
  const reading: MemoryReading = { files: [], refused: [] };
  for (const { name: file, read } of found) {
    const refuse = (why: string) => void reading.refused.push({ file, why });
    if ('fault' in read) refuse(read.fault);
    else if (read.stat.nlink > 1) refuse('link');
    else if ((read.stat.mode & forbiddenMode) !== 0) refuse('others can write it');
    else if (!isUtf8(read.bytes)) refuse('not UTF-8 text');
    else if (reading.files.length === memoryFilesMax) refuse(`more than ${memoryFilesMax} files`);
    else reading.files.push({ file, text: read.bytes.toString('utf8').replace(control, '') });
  }
  return reading;
}

/** The `memory/` of an agent's own folder, an absolute path. */
export function memoryFolderOf(agentFolder: string): MemoryFolder {
  const folder = join(agentFolder, 'memory');
  return {
    read: () => readMemory(folder, writableByOthers),
    write({ file, text }) {
      if (text === '') rmSync(join(folder, file), { force: true });
      else writeFileWhole(join(folder, file), text);
    },
  };
}
