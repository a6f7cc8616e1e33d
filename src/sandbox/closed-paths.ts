/**
 * What stays closed of a folder of this machine that is shown to a program in the sandbox.
 *
 * folder -> a look through it from inside, by the user that the program will be -> names that hold secrets, folders closed to
 * that user, sockets and pipes -> paths to cover
 *
 * No link is followed. A link with a closed name closes what it stands for; one that leads out has no other end inside.
 */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';
import type { ClosedPath } from './layout.ts';
import { runSandboxed } from './run-sandboxed.ts';
import type { Sandbox } from './sandbox.ts';

export interface LookBounds {
  /** Files and folders. */
  entriesMax: number;
  closedMax: number;
}

/** In words that go on from the folder's name, and what its owner can do. */
export interface NotShown {
  why: string;
  fix: string;
}

const folderInside = '/shown';
const secondsMax = 60;
const outputBytesMax = 16 << 20;

/** `$1` is how many entries are told. Each is a NUL, after its kind and its path where it is to stay closed. */
const look = `set -o pipefail
find ${folderInside} -ignore_readdir_race \\( -type d ! \\( -readable -executable \\) -o -type s,p \\
  -o -iname '.env*' -o -iname .git -o -iname secrets.env \\) -printf '%y%P\\0' -prune -o -printf '\\0' 2>/dev/null |
head -z -n "$1"`;

/** What a link in `source` stands for, where that is in there too. */
function linkedTo(source: string, path: string): ClosedPath[] {
  const link = join(source, path);
  if (!existsSync(link)) return [];
  const target = realpathSync.native(link);
  const inside = relative(source, target);
  const isWithin = inside !== '' && !isAbsolute(inside) && inside.split('/')[0] !== '..';
  return isWithin ? [{ path: inside, isFolder: statSync(target).isDirectory() }] : [];
}

/** `kind` is find's letter. A socket or a pipe leads out, and cannot be covered but with its folder. */
function closedBy(source: string, kind: string, path: string): ClosedPath[] {
  if (kind === 'd') return [{ path, isFolder: true }];
  if (kind === 's' || kind === 'p') return [{ path: dirname(path), isFolder: true }];
  if (kind === 'l') return linkedTo(source, path);
  // Devices cannot be opened below a mount of ours.
  return kind === 'f' ? [{ path, isFolder: false }] : [];
}

/** Each once, and none in a folder that is closed itself. */
function outermost(closed: readonly ClosedPath[]): ClosedPath[] {
  const folders = new Set(closed.filter(({ isFolder }) => isFolder).map(({ path }) => path));
  const isCovered = (path: string): boolean => {
    const parent = dirname(path);
    return parent !== '.' && (folders.has(parent) || isCovered(parent));
  };
  const byPath = new Map(closed.map((each) => [each.path, each]));
  return [...byPath.values()].filter(({ path }) => !isCovered(path));
}

/** `source` is a real path. Not shown is a folder of which it cannot be said what is in it, or that cannot be covered as it must. */
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
  if (ran.timedOut) return { why: `could not be looked through within ${secondsMax} s`, fix: smaller };
  const said = ran.overLimit ?? ran.output.trim();
  if (ran.code !== 0) return { why: `could not be looked through: ${said}`, fix: 'See `jvagent doctor`.' };
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
  if (found[0] === 'd') return { why: "is closed to the sandbox's user", fix: 'Open it to others: chmod o+rx.' };
  if (closed.some(({ path }) => path === '.')) {
    return {
      why: 'has a socket or a pipe, which would lead out of the sandbox',
      fix: 'Put that into a folder below it.',
    };
  }
  if (closed.length > closedMax) {
    const fix = 'Name smaller folders in it instead.';
    return { why: `has ${closed.length} paths to keep closed, ${closedMax} can be`, fix };
  }
  return closed;
}
