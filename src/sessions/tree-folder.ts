/** Where the files that a session works on stand, between its turns too. */
import { join } from 'node:path';
import { opaqueId } from '../base/opaque-id.ts';

export function treeFolderOf(stateFolder: string, agentId: string, sessionId: string): string {
  return join(stateFolder, 'trees', opaqueId(agentId, sessionId));
}
