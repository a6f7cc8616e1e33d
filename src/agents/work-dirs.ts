/** Which folders of this machine an agent may never show to its engine: those that hold secrets or the platform itself. */
import { realpathSync } from 'node:fs';
import { sep } from 'node:path';

/** Where a path leads; the path itself where that is nowhere, and where this process may not read it. */
export function real(path: string): string {
  try {
    // The system's own way: Node's reads each link along the path, which a worker need not be allowed to.
    return realpathSync.native(path);
  } catch {
    return path;
  }
}

function holds(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);
}

/** Absolute paths. */
export interface Surroundings {
  /** The workspace. */
  readonly root: string;
  readonly home: string;
  /** Of the whole workspace; each has its secrets.env. */
  readonly agentFolders: readonly string[];
}

/** Why `folder` is refused, or undefined. */
export function workDirFault(folder: string, around: Surroundings): string | undefined {
  const path = real(folder);
  if (`${folder}${path}`.includes('*')) return 'has a * in its path, which Node takes for any text';
  if (holds(path, real(around.root))) return 'holds the workspace';
  if (holds(path, real(around.home))) return 'holds the home folder';
  if (holds(real(`${around.root}${sep}.jvagent`), path)) return 'is the state of the platform';
  if (holds(real(`${around.root}${sep}slack`), path)) return 'holds tokens of Slack apps';
  if (around.agentFolders.some((agentFolder) => holds(path, real(agentFolder)))) return "holds an agent's secrets";
  return undefined;
}

/** Those that may be shown now, by their own names and by where they lead. */
export function shownFolders(folders: readonly string[], around: Surroundings): string[] {
  return folders
    .filter((folder) => workDirFault(folder, around) === undefined)
    .flatMap((folder) => [folder, real(folder)]);
}
