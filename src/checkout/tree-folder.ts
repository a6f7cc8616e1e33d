/** The folders for the files of an agent's sessions, also between their turns. */
import { join } from 'node:path';
import { opaqueId } from '../base/opaque-id.ts';

/** The folder of all sessions of an agent. */
export function treesOf(stateFolder: string, agentId: string): string {
  return join(stateFolder, 'trees', opaqueId(agentId));
}

export function treeFolderOf(stateFolder: string, agentId: string, sessionId: string): string {
  return join(treesOf(stateFolder, agentId), opaqueId(agentId, sessionId));
}

/** The folder of an agent's trees that are prepared for the next session. */
export function preparedTreesOf(stateFolder: string, agentId: string): string {
  return join(stateFolder, 'cache', opaqueId(agentId));
}

/** The folder in version 0.1.0. */
export function formerTreeFolderOf(stateFolder: string, agentId: string, sessionId: string): string {
  return join(stateFolder, 'trees', opaqueId(agentId, sessionId));
}
