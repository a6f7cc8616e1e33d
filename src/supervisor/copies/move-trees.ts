/** Moves the trees of sessions, including uncommitted work, from their place in version 0.1.0. */
import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { formerTreeFolderOf, treeFolderOf } from '../../checkout/tree-folder.ts';
import type { Store } from '../../store/database/database.ts';

/** Version 0.1.0 had the files of a session where now the folders of an agent's sessions are. */
const isFormer = (folder: string) => existsSync(join(folder, 'files'));

export async function moveTrees({ sessions }: Pick<Store, 'sessions'>, stateFolder: string): Promise<void> {
  const trees = join(stateFolder, 'trees');
  const names = existsSync(trees) ? readdirSync(trees) : [];
  if (!names.some((name) => isFormer(join(trees, name)))) return;
  for (const { agentId, sessionId } of await sessions.list()) {
    const former = formerTreeFolderOf(stateFolder, agentId, sessionId);
    const folder = treeFolderOf(stateFolder, agentId, sessionId);
    if (!existsSync(former) || existsSync(folder)) continue;
    mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
    renameSync(former, folder);
  }
}
