/** Reads the files that configure an agent: small regular text files that only their owner can write. */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { type ReadFault, readRegularFile } from '../base/files.ts';
import { mayRead } from '../base/permission.ts';
import { type Fault, fault } from './fault.ts';

const writableByOthers = 0o022;

const reasons: Readonly<Record<Exclude<ReadFault, 'missing'>, string>> = {
  link: 'is a link; links are not followed',
  special: 'is not a regular file',
  'too-big': 'is too large',
  denied: 'is not readable for this user',
};

function openToOthers(file: string): Fault {
  return fault('CONFIG_INVALID', file, 'other users can write it', { fix: `Run \`chmod go-w ${file}\`.` });
}

/**
 * The fault of a folder in the workspace that others can write. A missing folder has no fault. A folder that a worker cannot
 * read has none either: the supervisor checks it.
 */
export function folderFault(root: string, folder: string): Fault | undefined {
  const path = join(root, folder);
  const stat = mayRead(path) ? lstatSync(path, { throwIfNoEntry: false }) : undefined;
  if (stat === undefined || (stat.isDirectory() && (stat.mode & writableByOthers) === 0)) return undefined;
  return stat.isDirectory() ? openToOthers(folder) : fault('CONFIG_INVALID', folder, 'is not a folder');
}

/** `file` is relative to the workspace `root`. A missing file gives an empty answer, not a fault. */
export function readWorkspaceFile(root: string, file: string, bytesMax: number): { text?: string; fault?: Fault } {
  const read = readRegularFile(join(root, file), bytesMax);
  if ('fault' in read) {
    if (read.fault === 'missing') return {};
    const more = read.fault === 'too-big' ? `, at most ${bytesMax} bytes` : '';
    return { fault: fault('CONFIG_INVALID', file, `${reasons[read.fault]}${more}`) };
  }
  if ((read.stat.mode & writableByOthers) !== 0) return { fault: openToOthers(file) };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(read.bytes) };
  } catch {
    return { fault: fault('CONFIG_INVALID', file, 'is not UTF-8 text') };
  }
}
