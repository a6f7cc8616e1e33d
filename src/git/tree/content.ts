/** One entry of a hostile tree as the bytes that would be committed, or why it may not be. */
import { createHash } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { readRegularFile } from '../../base/files.ts';
import { limits } from '../../limits.ts';
import { isRefusal, type Refusal, refuse } from '../../refusal.ts';
import { checkChars, staysInside } from '../path-rule.ts';
import type { FileMode } from './stat-index.ts';
import type { Found } from './walk.ts';

/** The object name that git gives these bytes. */
export function oidOf(bytes: Buffer): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

/** The text of a link; refused if it leads out of the tree. */
function readLink({ path, at }: Found): Buffer | Refusal | undefined {
  let target: Buffer;
  try {
    target = readlinkSync(at, 'buffer');
  } catch {
    return undefined;
  }
  const text = target.toString('utf8');
  if (!staysInside(path, text)) return refuse('PATH_LINK', `${path} is a link out of the tree`);
  const fault = checkChars(text);
  return fault ? refuse(fault.refused, `${path} is a link to ${fault.why}`) : target;
}

/** What is committed for one path. */
export type Content = { mode: FileMode; bytes: Buffer };

/** The content as it would be committed; undefined if the file is gone. */
export function readContent(found: Found): Content | Refusal | undefined {
  if (found.stat?.isSymbolicLink()) {
    const bytes = readLink(found);
    return bytes === undefined || isRefusal(bytes) ? bytes : { mode: '120000', bytes };
  }
  const read = readRegularFile(found.at, limits.fileBytesMax);
  if ('bytes' in read) {
    if (read.stat.nlink > 1) return refuse('PATH_SPECIAL', `${found.path} is a hard link`);
    return { mode: read.stat.mode & 0o100 ? '100755' : '100644', bytes: read.bytes };
  }
  if (read.fault === 'missing') return undefined;
  if (read.fault === 'too-big') return refuse('DIFF_BYTES', `${found.path} is over ${limits.fileBytesMax} bytes`);
  return refuse('PATH_SPECIAL', `${found.path} cannot be read as a regular file`);
}

/** Refuses an entry for its kind, before a byte of it is read. */
export function checkKind(found: Found): Refusal | undefined {
  const { stat, path } = found;
  if (!stat?.isFile() && !stat?.isSymbolicLink()) return refuse('PATH_SPECIAL', `${path} is neither file nor link`);
  if (stat.isFile() && stat.nlink > 1n) return refuse('PATH_SPECIAL', `${path} is a hard link`);
  const link = stat.isSymbolicLink() ? readLink(found) : undefined;
  return isRefusal(link) ? link : undefined;
}
