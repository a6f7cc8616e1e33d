/** Finds users' tools by their file names: this process never reads or loads their code. */
import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { limits } from '../limits.ts';
import { shippedToolNames } from './phases.ts';

export interface ToolFile {
  /** The name for the model. */
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  readonly folder: string;
}

/** An ignored file or folder, by its absolute path. */
interface LeftOut {
  readonly path: string;
  readonly why: string;
}

export const leftOutText = ({ path, why }: LeftOut): string => `${path} is left out: ${why}`;

interface FoundTools {
  readonly tools: ToolFile[];
  /** The existing folders that can be shown, nearest first. */
  readonly folders: string[];
  readonly leftOut: LeftOut[];
}

const fileForm = /^([a-z][a-z0-9-]{0,59})\.(js|mjs|cjs)$/;
const looksLikeTool = /^[^._].*\.(js|mjs|cjs)$/i;
/** Code that people put beside tools and take for one. */
const otherCode = /^[^._].*\.([cm]?tsx?|jsx|py|rb|sh|ps1)$/i;
const writableByOthers = 0o022;
const readableByOthers = 0o004;
const searchableByOthers = 0o001;
const shipped: ReadonlySet<string> = new Set(shippedToolNames);

/** The sandbox has no groups, so files of other users must be readable for everyone. */
function isOpenTo(uid: number, stat: Stats, bits: number): boolean {
  return stat.uid === uid || (stat.mode & bits) === bits;
}

function faultOfFile(stat: Stats | undefined, readerUid: number): string | undefined {
  if (!stat?.isFile()) return 'is not a regular file';
  if ((stat.mode & writableByOthers) !== 0) return 'can be written by group or world';
  if (!isOpenTo(readerUid, stat, readableByOthers)) return `is closed to the sandbox's user ${readerUid}: chmod 644`;
  if (stat.size > limits.toolFileBytesMax) return `is larger than ${limits.toolFileBytesMax} bytes`;
  return undefined;
}

/** A missing folder is not a fault: most agents have none. */
function faultOfFolder(stat: Stats, readerUid: number): string | undefined {
  if (!stat.isDirectory()) return 'is not a folder';
  if ((stat.mode & writableByOthers) !== 0) return 'can be written by group or world';
  const isOpen = isOpenTo(readerUid, stat, readableByOthers | searchableByOthers);
  return isOpen ? undefined : `is closed to the sandbox's user ${readerUid}: chmod 755`;
}

/** The entries sorted by name, or what is wrong. */
function entriesOf(folder: string): string[] | string {
  try {
    return readdirSync(folder).sort();
  } catch {
    return 'cannot be read by this user';
  }
}

/**
 * The nearest folder comes first, and the first file with a name wins. Names that begin with `_` or `.` are for shared parts of
 * tools. `readerUid` is the user id that loads the tools.
 */
export function findTools(toolFolders: readonly string[], readerUid: number): FoundTools {
  const tools = new Map<string, ToolFile>();
  const folders: string[] = [];
  const leftOut: LeftOut[] = [];

  function look(folder: string, entry: string): void {
    const file = join(folder, entry);
    const leave = (why: string) => void leftOut.push({ path: file, why });
    if (otherCode.test(entry)) leave('a tool is a file .js, .mjs or .cjs');
    if (!looksLikeTool.test(entry)) return;
    const name = fileForm.exec(entry)?.[1];
    const fault = faultOfFile(lstatSync(file, { throwIfNoEntry: false }), readerUid);
    const known = name === undefined ? undefined : tools.get(name);
    if (name === undefined) leave('a tool is named with a-z, 0-9 and dash, and ends in .js, .mjs or .cjs');
    else if (shipped.has(name)) leave(`${name} is a tool of the platform`);
    else if (fault) leave(`it ${fault}`);
    else if (known?.folder === folder) leave(`${known.file} has the same name`);
    else if (!known) tools.set(name, { name, file, folder });
  }

  for (const folder of toolFolders) {
    const stat = lstatSync(folder, { throwIfNoEntry: false });
    if (!stat) continue;
    const entries = faultOfFolder(stat, readerUid) ?? entriesOf(folder);
    if (typeof entries === 'string') {
      leftOut.push({ path: folder, why: `it ${entries}` });
      continue;
    }
    folders.push(folder);
    for (const entry of entries) look(folder, entry);
  }
  return { tools: [...tools.values()], folders, leftOut };
}
