/** The folder for the files of a session, also between its turns; it is below a folder of the agent. */
import { join } from 'node:path';
import { opaqueId } from '../base/opaque-id.ts';

/** The folder of all sessions of an agent. */
export function treesOf(stateFolder: string, agentId: string): string {
  return join(stateFolder, 'trees', opaqueId(agentId));
}

export function treeFolderOf(stateFolder: string, agentId: string, sessionId: string): string {
  return join(treesOf(stateFolder, agentId), opaqueId(agentId, sessionId));
}

/** The folder in version 0.1.0. */
export function formerTreeFolderOf(stateFolder: string, agentId: string, sessionId: string): string {
  return join(stateFolder, 'trees', opaqueId(agentId, sessionId));
}
