/** An agent's notes as files: their names, and how a folder of them is read and written, even if its content is not trusted. */
import { isUtf8 } from 'node:buffer';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readFilesIn, writeFileWhole } from '../base/files.ts';
import { limits } from '../limits.ts';

/** One file of notes; an empty text means that the file does not exist. */
export interface MemoryFile {
  /** Its name, such as `notes.md`. */
  readonly file: string;
  readonly text: string;
}

export interface MemoryReading {
  readonly files: MemoryFile[];
  /** Files with a valid name that were refused: the stored notes stay as they are. */
  readonly refused: { readonly file: string; readonly why: string }[];
}

/** The folder where a person reads and edits the notes. */
export interface MemoryFolder {
  /** Undefined if there is no readable folder. */
  read(): MemoryReading | undefined;
  write(file: MemoryFile): void;
}

/** The platform's own record next to the notes; notes cannot have this name. */
export const activityFile = 'activity.md';

const noteForm = /^[a-z0-9-]{1,60}\.md$/;

export function isNoteName(name: string): boolean {
  return noteForm.test(name) && name !== activityFile;
}

const writableByOthers = 0o022;
const control = /(?![\t\n])\p{Cc}/gu;

/**
 * Reads the notes in a folder that a hostile program may write to; links, special files and large files are refused without being
 * read.
 */
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

/** The `memory/` folder of an agent. `agentFolder` is an absolute path. */
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
