/** Where the files that a session works on stand, between its turns too: below a folder of its agent's. */
import { join } from 'node:path';
import { opaqueId } from '../base/opaque-id.ts';

/** Of all sessions of an agent. */
export function treesOf(stateFolder: string, agentId: string): string {
  return join(stateFolder, 'trees', opaqueId(agentId));
}

export function treeFolderOf(stateFolder: string, agentId: string, sessionId: string): string {
  return join(treesOf(stateFolder, agentId), opaqueId(agentId, sessionId));
}

/** Where version 0.1.0 had them. */
export function formerTreeFolderOf(stateFolder: string, agentId: string, sessionId: string): string {
  return join(stateFolder, 'trees', opaqueId(agentId, sessionId));
}
