/** Reads the files that configure an agent: small regular text files that only their owner can write. */
import type { BigIntStats, Stats } from 'node:fs';
import { join } from 'node:path';
import { entryAt, type ReadFault, readRegularFile } from '../base/files.ts';
import { known } from '../base/known.ts';
import { mayRead } from '../base/permission.ts';
import { type Fault, fault } from './fault.ts';

const writableByOthers = 0o022;

const reasons: Readonly<Record<Exclude<ReadFault, 'missing'>, string>> = {
  link: 'is a link; links are not followed',
  special: 'is not a regular file',
  'too-big': 'is too large',
  denied: 'is not readable for this user',
};

const fixes: Partial<typeof reasons> = {
  link: 'Replace it with a regular file.',
  special: 'Replace it with a regular file.',
  denied: 'Let the user that runs the platform read it, or move it out of the workspace.',
};

/** The fault of a file or folder that somebody else can change. Root can change everything anyway. */
function ownershipFault(file: string, { mode, uid }: Stats | BigIntStats): Fault | undefined {
  const owners = [0, process.geteuid?.()];
  if (!owners.includes(Number(uid))) {
    const fix = `Run \`chown -R\` on it for the user that runs the platform.`;
    return fault('CONFIG_INVALID', file, `belongs to another user (${uid})`, { fix });
  }
  if ((Number(mode) & writableByOthers) === 0) return undefined;
  return fault('CONFIG_INVALID', file, 'other users can write it', { fix: `Run \`chmod go-w ${file}\`.` });
}

/**
 * The fault of a folder in the workspace that others own or can write. A missing folder has no fault. A folder that a worker cannot
 * read has none either: the supervisor checks it.
 */
export function folderFault(root: string, folder: string): Fault | undefined {
  const path = join(root, folder);
  const stat = mayRead(path) ? entryAt(path) : 'closed';
  if (typeof stat === 'string') return undefined;
  return stat.isDirectory() ? ownershipFault(folder, stat) : fault('CONFIG_INVALID', folder, 'is not a folder');
}

/** `file` is relative to the workspace `root`. A missing file gives an empty answer, not a fault. */
export function readWorkspaceFile(root: string, file: string, bytesMax: number): { text?: string; fault?: Fault } {
  const read = readRegularFile(join(root, file), bytesMax);
  if ('fault' in read) {
    if (read.fault === 'missing') return {};
    const more = read.fault === 'too-big' ? `, at most ${bytesMax} bytes` : '';
    return { fault: fault('CONFIG_INVALID', file, `${reasons[read.fault]}${more}`, known({ fix: fixes[read.fault] })) };
  }
  const ownership = ownershipFault(file, read.stat);
  if (ownership) return { fault: ownership };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(read.bytes) };
  } catch {
    return { fault: fault('CONFIG_INVALID', file, 'is not UTF-8 text', { fix: `Save ${file} as UTF-8 text.` }) };
  }
}
