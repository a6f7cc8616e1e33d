/**
 * Removes trees of sessions that are gone.
 *
 * in its place -> aside, at once, so that a new session of the same name has its place -> removed by another program, however long it
 * takes, and by a later pass if the node stops meanwhile
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolderApart } from '../../base/remove-folder.ts';
import { treeFolderOf, treesOf } from '../../checkout/tree-folder.ts';
import type { SessionKey } from '../../store/fence.ts';

const asidePrefix = '.gone-';

export function setTreeAside(stateFolder: string, { agentId, sessionId }: SessionKey): void {
  const tree = treeFolderOf(stateFolder, agentId, sessionId);
  if (existsSync(tree)) renameSync(tree, join(treesOf(stateFolder, agentId), `${asidePrefix}${randomUUID()}`));
}

/** Removes what was set aside of an agent, one after the other, until `signal`. Returns what went wrong. */
export async function removeAside(stateFolder: string, agentId: string, signal: AbortSignal): Promise<string[]> {
  const trees = treesOf(stateFolder, agentId);
  const aside = existsSync(trees) ? readdirSync(trees).filter((name) => name.startsWith(asidePrefix)) : [];
  const faults: string[] = [];
  for (const name of aside) {
    const why = await removeFolderApart(join(trees, name), signal);
    if (why !== undefined) faults.push(why);
  }
  return faults;
}
