/** A file that an agent puts into its thread: its own, or one of a folder that it can read, as bytes with nothing secret in them. */
import { isUtf8 } from 'node:buffer';
import { basename, join } from 'node:path';
import { readFileBelow } from '../../base/files.ts';
import type { Redact } from '../../base/redact.ts';
import type { ShownFolder } from '../../connections/folders.ts';
import { limits } from '../../limits.ts';
import { isRefusal, type Refusal, refuse } from '../../refusal.ts';

/** What the engine can read, by where it sees it. */
export interface ReadableFolders {
  /** The folder of `/tree`. */
  tree: string;
  shown: readonly ShownFolder[];
}

export interface FileContent {
  name: string;
  bytes: Buffer;
}

const treeInside = '/tree';

const below = (folder: string, path: string) =>
  path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;

/** The folder on this machine, and the path in it; undefined where the engine sees nothing of ours. */
function placeOf({ tree, shown }: ReadableFolders, path: string): { folder: string; inside: string } | undefined {
  const whole = path.startsWith('/') ? path : join(treeInside, path);
  const inTree = below(treeInside, whole);
  if (inTree !== undefined) return { folder: tree, inside: inTree };
  for (const { mount } of shown) {
    const inside = below(mount.target, whole);
    if (inside === undefined) continue;
    const isClosed = mount.closedPaths?.some((closed) => closed.path === inside || below(closed.path, inside));
    return isClosed ? undefined : { folder: mount.source, inside };
  }
  return undefined;
}

const faults = {
  missing: 'does not exist',
  link: 'is a link, or leads through one',
  special: 'is not a regular file',
  'too-big': `is larger than ${limits.slackFileBytesMax} bytes`,
  denied: 'cannot be read',
};

/** Text is redacted; other bytes that hold a secret are refused. */
function withoutSecrets(bytes: Buffer, redact: Redact): Buffer | Refusal {
  if (isUtf8(bytes)) return Buffer.from(redact(bytes.toString('utf8')));
  const raw = bytes.toString('latin1');
  return redact(raw) === raw ? bytes : refuse('TOOL_PATH', 'the file holds a secret', 'Upload a file without secrets.');
}

/** TOOL_PATH for anything but a regular file in these folders. */
export function readUpload(folders: ReadableFolders, path: string, redact: Redact): FileContent | Refusal {
  const fix = `Write the file into ${treeInside}, or name one in a folder that you can read.`;
  const place = placeOf(folders, path);
  if (!place) return refuse('TOOL_PATH', `${JSON.stringify(path)} is in no folder that may be uploaded from`, fix);
  const read = readFileBelow(place.folder, place.inside, limits.slackFileBytesMax);
  if ('fault' in read) return refuse('TOOL_PATH', `${JSON.stringify(path)} ${faults[read.fault]}`, fix);
  if (read.stat.nlink > 1) return refuse('TOOL_PATH', `${JSON.stringify(path)} has a second name`, fix);
  const bytes = withoutSecrets(read.bytes, redact);
  return isRefusal(bytes) ? bytes : { name: basename(place.inside), bytes };
}
