/** Which folders of this machine an agent may never show to its engine: those that hold secrets or the platform itself. */
import { realpathSync } from 'node:fs';
import { sep } from 'node:path';

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function holds(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);
}

/** Why `folder` is refused, or undefined; `agentFolders` are those of the whole workspace, each with its secrets.env. */
export function workDirFault(
  folder: string,
  around: { root: string; home: string; agentFolders: readonly string[] },
): string | undefined {
  const path = real(folder);
  if (holds(path, real(around.root))) return 'holds the workspace';
  if (holds(path, real(around.home))) return 'holds the home folder';
  if (holds(real(`${around.root}${sep}.jvagent`), path)) return 'is the state of the platform';
  if (holds(real(`${around.root}${sep}slack`), path)) return 'holds tokens of Slack apps';
  if (around.agentFolders.some((agentFolder) => holds(path, real(agentFolder)))) return "holds an agent's secrets";
  return undefined;
}
