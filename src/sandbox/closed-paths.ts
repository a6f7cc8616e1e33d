/**
 * Finds the paths to hide in a folder of this machine that is shown to a program in the sandbox.
 *
 * folder -> searched from inside, as the user of the program -> names that contain secrets, folders closed to
 * that user, sockets and pipes -> paths to cover
 *
 * Links are not followed. A link with a closed name also closes its target; the target of a link that leads out does not exist
 * inside.
 */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';
import type { ClosedPath } from './layout.ts';
import { runSandboxed } from './run-sandboxed.ts';
import type { Sandbox } from './sandbox.ts';

export interface LookBounds {
  /** The maximum number of files and folders. */
  entriesMax: number;
  closedMax: number;
}

/** Why the folder is not shown (the text follows the folder's name), and the fix. */
export interface NotShown {
  why: string;
  fix: string;
}

const folderInside = '/shown';
const secondsMax = 60;
const outputBytesMax = 16 << 20;

/** `$1` is the maximum number of entries. Each entry ends with NUL; a path to close has its kind and path before that. */
const look = `set -o pipefail
find ${folderInside} -ignore_readdir_race \\( -type d ! \\( -readable -executable \\) -o -type s,p \\
  -o -iname '.env*' -o -iname .git -o -iname secrets.env \\) -printf '%y%P\\0' -prune -o -printf '\\0' 2>/dev/null |
head -z -n "$1"`;

/** The target of a link in `source`, if it is in `source` too. */
function linkedTo(source: string, path: string): ClosedPath[] {
  const link = join(source, path);
  if (!existsSync(link)) return [];
  const target = realpathSync.native(link);
  const inside = relative(source, target);
  const isWithin = inside !== '' && !isAbsolute(inside) && inside.split('/')[0] !== '..';
  return isWithin ? [{ path: inside, isFolder: statSync(target).isDirectory() }] : [];
}

/** `kind` is find's letter for the type. A socket or pipe leads out, and can be covered only together with its folder. */
function closedBy(source: string, kind: string, path: string): ClosedPath[] {
  if (kind === 'd') return [{ path, isFolder: true }];
  if (kind === 's' || kind === 'p') return [{ path: dirname(path), isFolder: true }];
  if (kind === 'l') return linkedTo(source, path);
  // Devices cannot be opened inside our mounts.
  return kind === 'f' ? [{ path, isFolder: false }] : [];
}

/** Removes duplicates, and paths in a folder that is closed itself. */
function outermost(closed: readonly ClosedPath[]): ClosedPath[] {
  const folders = new Set(closed.filter(({ isFolder }) => isFolder).map(({ path }) => path));
  const isCovered = (path: string): boolean => {
    const parent = dirname(path);
    return parent !== '.' && (folders.has(parent) || isCovered(parent));
  };
  const byPath = new Map(closed.map((each) => [each.path, each]));
  return [...byPath.values()].filter(({ path }) => !isCovered(path));
}

/** `source` is a real path. A folder is not shown if its content cannot be determined or cannot be covered. */
export async function closedPathsIn(
  sandbox: Sandbox,
  source: string,
  { entriesMax, closedMax }: LookBounds,
): Promise<ClosedPath[] | NotShown> {
  const spec = {
    program: '/bin/bash',
    args: ['-c', look, 'look', String(entriesMax + 1)],
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/',
    mounts: [{ source, target: folderInside }],
  };
  const ran = await runSandboxed(sandbox, spec, { timeoutMs: secondsMax * 1_000, outputBytesMax });
  const entries = ran.output.split('\0').slice(0, -1);
  const smaller = 'Name smaller folders in it instead.';
  if (ran.truncated || entries.length > entriesMax) {
    return { why: `has more than ${entriesMax} files and folders`, fix: smaller };
  }
  if (ran.timedOut) return { why: `could not be searched within ${secondsMax} s`, fix: smaller };
  const said = ran.overLimit ?? ran.output.trim();
  if (ran.code !== 0) return { why: `could not be searched: ${said}`, fix: 'Run `jvagent doctor`.' };
  return judge(
    source,
    entries.filter((entry) => entry !== ''),
    closedMax,
  );
}

function judge(source: string, found: readonly string[], closedMax: number): ClosedPath[] | NotShown {
  const unnamed = found.find((entry) => entry.includes('\ufffd'));
  if (unnamed) return { why: `has a name that is not UTF-8, ${unnamed.slice(1)}`, fix: 'Rename it.' };
  const closed = outermost(found.flatMap((entry) => closedBy(source, entry.slice(0, 1), entry.slice(1))));
  if (found[0] === 'd')
    return { why: "is closed to the sandbox's user", fix: 'Make it readable for others: chmod o+rx.' };
  if (closed.some(({ path }) => path === '.')) {
    return {
      why: 'has a socket or a pipe, which would lead out of the sandbox',
      fix: 'Move it into a subfolder.',
    };
  }
  if (closed.length > closedMax) {
    const fix = 'Name smaller folders in it instead.';
    return { why: `has ${closed.length} paths to hide, but only ${closedMax} are possible`, fix };
  }
  return closed;
}
