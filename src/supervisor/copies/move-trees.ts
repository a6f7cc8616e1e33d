/** Moves the trees of sessions, including uncommitted work, from their place in version 0.1.0. */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { formerTreeFolderOf, treeFolderOf } from '../../checkout/tree-folder.ts';
import type { Store } from '../../store/database/database.ts';

export async function moveTrees({ sessions }: Pick<Store, 'sessions'>, stateFolder: string): Promise<void> {
  for (const { agentId, sessionId } of await sessions.list()) {
    const former = formerTreeFolderOf(stateFolder, agentId, sessionId);
    const folder = treeFolderOf(stateFolder, agentId, sessionId);
    if (!existsSync(former) || existsSync(folder)) continue;
    mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
    renameSync(former, folder);
  }
}
