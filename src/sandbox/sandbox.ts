/**
 * Starts programs in bubblewrap as a user without rights, even if we run as root.
 *
 * as root: own mount namespace -> sources bound to neutral paths -> unprivileged uid -> bubblewrap -> limits -> program
 * as any other user: bubblewrap -> limits -> program
 *
 * Bubblewrap itself gets an empty environment and reads its arguments from a file descriptor. The program gets only the
 * three standard file descriptors.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { lstatSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Readable, Writable } from 'node:stream';
import { type Clock, systemClock } from '../base/clock.ts';
import { runProgram } from '../base/program.ts';
import { limits } from '../limits.ts';
import { type DiskBounds, watchDisk } from './disk-watch.ts';
import { layoutOf, type Mount, type SandboxSpec } from './layout.ts';
import { watchMemory } from './watchdog.ts';

export interface Sandboxed {
  child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Ends all programs inside immediately. */
  kill(): void;
  /** The limit that ended the program, as text, if one did. */
  overLimit(): string | undefined;
}

export interface Sandbox {
  /** The user id on this machine that programs inside run as. */
  uid: number;
  /** Starts a program. If it cannot start, that shows in its exit code and stderr. */
  spawn(spec: SandboxSpec): Sandboxed;
  /**
   * Gives a folder and its content to the sandbox user, without following links. Needed once before the folder is mounted writable.
   */
  own(folder: string): Promise<void>;
}

export interface SandboxOptions {
  /** The user id to switch to if we run as root; otherwise not used. */
  sandboxUid: number;
  processesMax: number;
  memoryMb: number;
  /** The limits for the folders that one program can write to. */
  disk?: DiskBounds;
  clock?: Clock;
}

const diskBounds: DiskBounds = { bytesMax: limits.treeBytesMax, entriesMax: limits.treeEntriesMax };

// A folder that never contains a source; it is covered only in our own mount namespace.
const stage = '/sys';

/**
 * Arguments: uid, the table of mounts, the number of files that it mounts on, those files, and the rest of the command line.
 * One program makes all mounts of the table, and the folders that it mounts on.
 */
const enterAsRoot = `set -eu
uid=$1; table=$2; files=$3; shift 3
mount -t tmpfs -o mode=0755,size=1m,nosuid,nodev tmpfs ${stage}
while [ $files -gt 0 ]; do : > "$1"; files=$((files - 1)); shift; done
if [ -n "$table" ]; then
  printf '%s' "$table" > ${stage}/table
  mount --all --no-canonicalize --fstab ${stage}/table
fi
exec setpriv --reuid=$uid --regid=$uid --clear-groups --inh-caps=-all --no-new-privs -- "$@"`;

/** As fstab(5) wants a field: what would end it is escaped. */
const asField = (text: string) =>
  text.replaceAll(/[\\ \t\n]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);

/** Where root binds a source before it gives up its rights. */
const placeOf = (at: number) => join(stage, String(at));

/** The first arguments of `enterAsRoot` after the uid. */
function stageArgs(mounts: readonly ResolvedMount[]): string[] {
  const lines = mounts.map(({ source, isFolder }, at) => {
    const options = isFolder ? 'bind,X-mount.mkdir=0755' : 'bind';
    return `${asField(source)} ${placeOf(at)} none ${options} 0 0\n`;
  });
  const files = mounts.flatMap(({ isFolder }, at) => (isFolder ? [] : [placeOf(at)]));
  return [lines.join(''), String(files.length), ...files];
}

const argsDescriptor = 3;

const openFilesMax = 16_384;

/**
 * Arguments: the maximum number of processes, the maximum size of a file in KiB, the program and its arguments. Processes are
 * counted in the sandbox's own user namespace. If memory runs out, the kernel ends programs in the sandbox before ours.
 */
const startInside = `ulimit -c 0 -u "$1" -f "$2"; ulimit -n ${openFilesMax} 2>/dev/null; shift 2
echo 1000 > /proc/self/oom_score_adj
for fd in /proc/self/fd/*; do fd=\${fd##*/}; if ((fd > 2)); then exec {fd}>&-; fi; done
unset PWD OLDPWD _ fd
exec /usr/bin/env -u SHLVL -- "$@"`;

/** Links and missing paths cannot be protected: a link would be bound at its target. */
const canProtect = (source: string) => (path: string) => {
  const steps = path.split('/');
  return steps.every((step, at) => {
    const found = lstatSync(join(source, ...steps.slice(0, at + 1)), { throwIfNoEntry: false });
    return step !== '' && step !== '..' && found !== undefined && !found.isSymbolicLink();
  });
};

interface ResolvedMount extends Mount {
  readonly isFolder: boolean;
}

/** Node lets a worker look at a source by the path that it was told, which may lead over a link. */
function resolveMount(mount: Mount): ResolvedMount {
  const source = realpathSync.native(mount.source);
  const isThere = canProtect(source);
  return {
    ...mount,
    source,
    isFolder: statSync(mount.source).isDirectory(),
    readOnlyPaths: (mount.readOnlyPaths ?? []).filter(isThere),
    closedPaths: (mount.closedPaths ?? []).filter(({ path }) => isThere(path)),
  };
}

export function createSandbox(options: SandboxOptions): Sandbox {
  const { sandboxUid, processesMax, disk = diskBounds } = options;
  const bounds = [processesMax, Math.ceil(disk.bytesMax / 1_024)].map(String);
  const isRoot = process.getuid?.() === 0;
  const uid = isRoot ? sandboxUid : (process.getuid?.() ?? sandboxUid);

  /** The command line on the host, and the mounts as bubblewrap sees them when it starts. */
  function enter(mounts: ResolvedMount[], inner: string[]): { file: string; args: string[]; mounts: Mount[] } {
    const bwrap = ['/usr/bin/bwrap', '--args', String(argsDescriptor), '--', ...inner];
    if (!isRoot) return { file: '/usr/bin/bwrap', args: bwrap.slice(1), mounts };
    const shell = ['/bin/sh', '-c', enterAsRoot, 'sandbox', String(uid), ...stageArgs(mounts), ...bwrap];
    return {
      file: '/usr/bin/unshare',
      args: ['--mount', '--propagation', 'private', '--', ...shell],
      mounts: mounts.map((mount, at) => ({ ...mount, source: placeOf(at) })),
    };
  }

  return {
    uid,
    spawn(spec) {
      const inner = ['/bin/bash', '-c', startInside, 'sandbox', ...bounds, spec.program, ...spec.args];
      const resolved = spec.mounts.map(resolveMount);
      const { file, args, mounts } = enter(resolved, inner);
      const layout = layoutOf({ ...spec, mounts }, argsDescriptor + 1);
      const given = [layout.args.map((arg) => `${arg}\0`).join(''), ...layout.texts];
      const stdio = ['pipe', 'pipe', 'pipe', ...given.map(() => 'pipe' as const)] as const;
      // Node passes its own permissions to child processes, and they contain paths of the host.
      const bare = ['-i', file, ...args];
      const child = spawn('/usr/bin/env', bare, { cwd: '/', env: {}, detached: true, stdio: [...stdio] });
      given.forEach((text, at) => {
        const pipe = child.stdio[argsDescriptor + at];
        if (!(pipe instanceof Writable)) return;
        pipe.on('error', () => {});
        pipe.end(text);
      });
      const folders = resolved.filter(({ writable, isFolder }) => writable && isFolder).map(({ source }) => source);
      return follow(child as ChildProcessByStdio<Writable, Readable, Readable>, folders, options);
    },
    async own(folder) {
      if (!isRoot) return;
      // Files that already belong to that user are skipped: a change of owner marks a file as changed, even if the owner is the
      // same.
      const foreign = ['(', '!', '-uid', `${uid}`, '-o', '!', '-gid', `${uid}`, ')'];
      const args = [folder, '-xdev', ...foreign, '-exec', '/bin/chown', '-h', `${uid}:${uid}`, '{}', '+'];
      const { code, stderr } = await runProgram({ file: '/usr/bin/find', args, env: {}, timeoutMs: 60_000 });
      if (code !== 0) throw new Error(`${folder} could not be given to user ${uid}: ${stderr.trim()}`);
    },
  };
}

function follow(child: Sandboxed['child'], folders: readonly string[], options: SandboxOptions): Sandboxed {
  const { memoryMb, disk = diskBounds, clock = systemClock } = options;
  let over: string | undefined;
  const kill = () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      child.kill('SIGKILL');
    }
  };
  const end = (what: string) => {
    over ??= what;
    kill();
  };
  const { entriesMax } = disk;
  const watches = [watchMemory({ pid: child.pid ?? 0, memoryMb, entriesMax, clock, onOver: end })];
  if (folders.length > 0) watches.push(watchDisk({ folders, ...disk, clock, onOver: end }));
  const stop = () => {
    for (const watch of watches) void watch.stop();
  };
  child.once('exit', stop);
  child.once('error', stop);
  return { child, kill, overLimit: () => over };
}
