/**
 * Describes what a sandbox looks like from inside, as arguments for bubblewrap.
 *
 * It contains only what is listed: the system's programs (read-only), our own /etc, an empty /tmp and home, and the
 * given mounts. It has its own namespaces, no network, no capabilities, and no way to gain any.
 */
import { isAbsolute, join, normalize } from 'node:path';
import { assert } from '../base/errors.ts';

/** A path in a mount that cannot be read inside. */
export interface ClosedPath {
  path: string;
  /** Whether the path is a folder; otherwise it is a file. */
  isFolder: boolean;
}

/** A file, folder or unix socket that is visible inside; `source` is a real path on the host, without links. */
export interface Mount {
  source: string;
  target: string;
  writable?: boolean;
  /** Paths in a writable mount that stay read-only; each must exist and must not be a link. */
  readOnlyPaths?: readonly string[];
  /** Paths to hide. Each must exist, must not be a link, and must not be inside another one. */
  closedPaths?: readonly ClosedPath[];
}

export interface SandboxSpec {
  /** An absolute path inside, or a name that is found in the PATH of `env`. */
  program: string;
  args: readonly string[];
  /** The complete environment inside. */
  env: Readonly<Record<string, string>>;
  /** The working directory inside. */
  cwd: string;
  /** Later mounts may be inside earlier ones. Sockets among them are the only ways out. */
  mounts: readonly Mount[];
  /** Files of /etc by name; they are added to ours or replace them. */
  etc?: Readonly<Record<string, string>>;
  /** Files to begin with in the home folder, by path in it; programs inside may change them. */
  home?: Readonly<Record<string, string>>;
}

export interface Layout {
  /** Arguments that bubblewrap reads from a file descriptor, so that no command line shows a path or a value. */
  args: string[];
  /** The texts for the file descriptors named in `args`, in order. */
  texts: string[];
}

/** The program's private home folder inside; it is deleted when the program ends. */
export const insideHome = '/home/agent';

/** Mounts this Node for programs inside that need one; the machine's own Node comes first in PATH. */
export const nodeProgram = (): Mount => ({ source: process.execPath, target: '/opt/node/node' });

/** The PATH inside. */
export const insidePath = '/usr/local/bin:/usr/bin:/bin:/opt/node';

const insideUid = '1000';
const memoryFilesBytesMax = 1 << 30;

const namespaces = ['--unshare-user', '--unshare-all', '--disable-userns', '--new-session', '--die-with-parent'];

const identity = ['--uid', insideUid, '--gid', insideUid, '--hostname', 'agent', '--cap-drop', 'ALL', '--clearenv'];

const system = [
  ['--ro-bind', '/usr', '/usr'],
  ['--symlink', 'usr/bin', '/bin'],
  ['--symlink', 'usr/sbin', '/sbin'],
  ['--symlink', 'usr/lib', '/lib'],
  ['--symlink', 'usr/lib64', '/lib64'],
  ['--proc', '/proc'],
  // If the mapped user is the host's root, these files would be writable, and they affect the host.
  ['--ro-bind', '/proc/sys', '/proc/sys'],
  ['--dev', '/dev'],
  ['--size', String(memoryFilesBytesMax), '--tmpfs', '/dev/shm'],
  ['--remount-ro', '/dev'],
  ['--size', String(memoryFilesBytesMax), '--tmpfs', '/tmp'],
  ['--size', String(memoryFilesBytesMax), '--tmpfs', insideHome],
  ['--ro-bind-try', '/etc/ssl/certs', '/etc/ssl/certs'],
  ['--ro-bind-try', '/etc/alternatives', '/etc/alternatives'],
  ['--ro-bind-try', '/etc/ld.so.cache', '/etc/ld.so.cache'],
].flat();

const etcOfOurs: Readonly<Record<string, string>> = {
  passwd: `agent:x:${insideUid}:${insideUid}::${insideHome}:/bin/bash\n`,
  group: `agent:x:${insideUid}:\n`,
  hosts: '127.0.0.1 localhost\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
  // For git the tree belongs to another user, and its files must not make git start a program.
  gitconfig: '[safe]\n\tdirectory = *\n[core]\n\tfsmonitor = false\n\thooksPath = /dev/null\n',
};

/** Covers a folder with an empty one, and a file with a device that cannot be opened. */
const coverArgs = (path: string, isFolder: boolean) =>
  isFolder ? ['--tmpfs', path, '--remount-ro', path] : ['--ro-bind', '/dev/null', path];

function mountArgs({ source, target, writable = false, readOnlyPaths = [], closedPaths = [] }: Mount): string[] {
  assert(isAbsolute(target) && normalize(target) === target, `mount target ${target}`);
  const readOnly = writable ? readOnlyPaths : [];
  return [
    ...[writable ? '--bind' : '--ro-bind', source, target],
    ...readOnly.flatMap((path) => ['--ro-bind', join(source, path), join(target, path)]),
    ...closedPaths.flatMap(({ path, isFolder }) => coverArgs(join(target, path), isFolder)),
  ];
}

/** `firstDescriptor` is the number of the first file descriptor for `texts`. */
export function layoutOf(spec: SandboxSpec, firstDescriptor: number): Layout {
  const etc = Object.entries({ ...etcOfOurs, ...spec.etc });
  const home = Object.entries(spec.home ?? {});
  const homeDescriptor = firstDescriptor + etc.length;
  const args = [
    ...namespaces,
    ...identity,
    ...system,
    // Copies and no mounts, which take longer; the root folder is read-only once all is there.
    ...etc.flatMap(([name], at) => ['--perms', '0444', '--file', String(firstDescriptor + at), `/etc/${name}`]),
    ...home.flatMap(([path], at) => ['--perms', '0600', '--file', String(homeDescriptor + at), join(insideHome, path)]),
    ...spec.mounts.flatMap(mountArgs),
    ...['--remount-ro', '/', '--chdir', spec.cwd],
    ...Object.entries(spec.env).flatMap(([name, value]) => ['--setenv', name, value]),
  ];
  return { args, texts: [...etc, ...home].map(([, text]) => text) };
}
