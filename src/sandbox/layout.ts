/**
 * What a sandbox looks like from inside, as arguments of bubblewrap.
 *
 * Nothing is there but what is listed: the system's programs read-only, an /etc of our own, fresh /tmp and home, the
 * named mounts. Every namespace is its own; there is no network and no capability, and no way to get one back.
 */
import { isAbsolute, join, normalize } from 'node:path';
import { assert } from '../base/errors.ts';

/** A path below a mount that cannot be read inside. */
export interface ClosedPath {
  path: string;
  /** Else a file. */
  isFolder: boolean;
}

/** A file, a folder or a unix socket that is shown inside; `source` is a real path outside, without links. */
export interface Mount {
  source: string;
  target: string;
  writable?: boolean;
  /** Paths below a writable mount that stay read-only; each must exist and be no link. */
  readOnlyPaths?: readonly string[];
  /** None of them lies in another; each must exist and be no link. */
  closedPaths?: readonly ClosedPath[];
}

export interface SandboxSpec {
  /** An absolute path inside, or a name found in the PATH of `env`. */
  program: string;
  args: readonly string[];
  /** The whole environment inside. */
  env: Readonly<Record<string, string>>;
  /** A folder inside. */
  cwd: string;
  /** Later ones may lie inside earlier ones. The only ways out are the sockets among them. */
  mounts: readonly Mount[];
  /** Files of /etc by name, beside or instead of ours. */
  etc?: Readonly<Record<string, string>>;
}

export interface Layout {
  /** Arguments that bubblewrap reads from a descriptor, so that no command line shows a path or a value. */
  args: string[];
  /** The texts for the descriptors that `args` name, in order. */
  texts: string[];
}

/** The folder inside that belongs to the program alone and is gone after it. */
export const insideHome = '/home/agent';

/** This Node as it is mounted where a program inside may want one; the machine's own programs go before it. */
export const nodeProgram = (): Mount => ({ source: process.execPath, target: '/opt/node/node' });

/** PATH inside. */
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
  // With a host's root behind the mapped user these files would be writable, and they lead out of every namespace.
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
  // The tree belongs to another user as git sees it, and nothing in it may name a program to start.
  gitconfig: '[safe]\n\tdirectory = *\n[core]\n\tfsmonitor = false\n\thooksPath = /dev/null\n',
};

/** A folder gives way to an empty one, a file to a device that does not open. */
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

/** `firstDescriptor` is the number of the first of the descriptors that carry `texts`. */
export function layoutOf(spec: SandboxSpec, firstDescriptor: number): Layout {
  const etc = Object.entries({ ...etcOfOurs, ...spec.etc });
  const args = [
    ...namespaces,
    ...identity,
    ...system,
    ...etc.flatMap(([name], at) => ['--ro-bind-data', String(firstDescriptor + at), `/etc/${name}`]),
    ...spec.mounts.flatMap(mountArgs),
    ...['--remount-ro', '/', '--chdir', spec.cwd],
    ...Object.entries(spec.env).flatMap(([name, value]) => ['--setenv', name, value]),
  ];
  return { args, texts: etc.map(([, text]) => text) };
}
