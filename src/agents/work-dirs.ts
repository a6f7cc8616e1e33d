/** Which folders of this machine an agent may never show to its engine: those that hold secrets or the platform itself. */
import { realpathSync } from 'node:fs';
import { sep } from 'node:path';

/** Where a path leads; the path itself where that is nowhere. */
export function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function holds(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);
}

export interface Surroundings {
  /** The workspace. */
  root: string;
  home: string;
  /** Of the whole workspace, absolute; each has its secrets.env. */
  agentFolders: readonly string[];
}

/** Why `folder` is refused, or undefined. */
export function workDirFault(folder: string, around: Surroundings): string | undefined {
  const path = real(folder);
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
