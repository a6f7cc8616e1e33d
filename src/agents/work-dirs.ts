/** Which folders of this machine an agent can never show to its engine: those that contain secrets or the platform itself. */
import { realpathSync } from 'node:fs';
import { sep } from 'node:path';

/** The real path; the given path if it does not exist or this process cannot read it. */
export function real(path: string): string {
  try {
    // The native version: Node's own reads every link along the path, and a worker may not have the right to.
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
  /** All agent folders of the workspace; each may contain a secrets.env. */
  readonly agentFolders: readonly string[];
}

/** Why `folder` is refused, or undefined. */
export function workDirFault(folder: string, around: Surroundings): string | undefined {
  const path = real(folder);
  if (`${folder}${path}`.includes('*')) return 'has a * in its path, which Node would treat as a wildcard';
  if (holds(path, real(around.root))) return 'contains the workspace';
  if (holds(path, real(around.home))) return 'contains the home folder';
  if (holds(real(`${around.root}${sep}.jvagent`), path)) return "is in the platform's state folder";
  if (holds(real(`${around.root}${sep}slack`), path)) return 'contains tokens of Slack apps';
  if (around.agentFolders.some((agentFolder) => holds(path, real(agentFolder)))) return "contains an agent's secrets";
  return undefined;
}

/** The folders that may be shown now: their given paths and their real paths. */
export function shownFolders(folders: readonly string[], around: Surroundings): string[] {
  return folders
    .filter((folder) => workDirFault(folder, around) === undefined)
    .flatMap((folder) => [folder, real(folder)]);
}
