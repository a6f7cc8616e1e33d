/**
 * Finds the folders of a workspace that contain a jvAgent.json, whatever that is. A folder that this process may not look into
 * counts as one, so that it is told of. No link is followed.
 */
import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isMissing } from '../base/files.ts';
import { isRefusal, type Refusal } from '../refusal.ts';
import { type AgentId, isSegment, parseAgentId } from './agent-id.ts';
import { configFileName } from './config/file.ts';

export interface FoundAgents {
  readonly ids: AgentId[];
  /** Folders with a jvAgent.json whose path is not a valid agent id, by path relative to the workspace. */
  readonly misnamed: { path: string; refusal: Refusal }[];
}

function foldersIn(folder: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
}

/**
 * Sorted by id. A folder with a reserved or invalid name is reported if it has a jvAgent.json, but its subfolders are not searched.
 */
export function findAgents(root: string): FoundAgents {
  const found: FoundAgents = { ids: [], misnamed: [] };
  const look = (parent: string) => {
    for (const name of foldersIn(join(root, parent))) {
      const path = parent === '' ? name : `${parent}/${name}`;
      const id = parseAgentId(path);
      if (!isMissing(join(root, path, configFileName))) {
        if (isRefusal(id)) found.misnamed.push({ path, refusal: id });
        else found.ids.push(id);
      }
      if (!isRefusal(id) && isSegment(name)) look(path);
    }
  };
  look('');
  found.ids.sort();
  return found;
}
