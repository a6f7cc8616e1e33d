/** Walks a workspace for the folders that hold a jvAgent.json; links are not followed, other folders are not opened. */
import { type Dirent, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isRefusal, type Refusal } from '../refusal.ts';
import { type AgentId, isSegment, parseAgentId } from './agent-id.ts';
import { configFileName } from './config/file.ts';

export interface FoundAgents {
  readonly ids: AgentId[];
  /** Folders with a jvAgent.json whose name can be no agent's, by their path below the workspace. */
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

/** In the order of their ids; a folder with a reserved or unfit name is looked at but not entered. */
export function findAgents(root: string): FoundAgents {
  const found: FoundAgents = { ids: [], misnamed: [] };
  const look = (parent: string) => {
    for (const name of foldersIn(join(root, parent))) {
      const path = parent === '' ? name : `${parent}/${name}`;
      const id = parseAgentId(path);
      if (existsSync(join(root, path, configFileName))) {
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
