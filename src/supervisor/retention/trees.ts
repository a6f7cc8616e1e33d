/**
 * Removes trees of sessions that are gone: that this node has deleted, and those that another node has, where an earlier turn was here.
 *
 * in its place -> aside, at once, so that a new session of the same name has its place -> removed by another program, however long it
 * takes, and by a later pass if the node stops meanwhile
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, renameSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { removeFolderApart } from '../../base/remove-folder.ts';
import { treeFolderOf, treesOf } from '../../checkout/tree-folder.ts';
import { limits } from '../../limits.ts';
import type { Store } from '../../store/database/database.ts';
import type { SessionKey } from '../../store/fence.ts';

const asidePrefix = '.gone-';
const dayMs = 86_400_000;

function setAside(tree: string): void {
  renameSync(tree, join(dirname(tree), `${asidePrefix}${randomUUID()}`));
}

export function setTreeAside(stateFolder: string, { agentId, sessionId }: SessionKey): void {
  const tree = treeFolderOf(stateFolder, agentId, sessionId);
  if (existsSync(tree)) setAside(tree);
}

const namesIn = (folder: string) => (existsSync(folder) ? readdirSync(folder) : []);

export interface StrayTrees {
  store: Pick<Store, 'sessionLists'>;
  stateFolder: string;
  /** The turns of this node. */
  running: ReadonlyMap<string, SessionKey>;
  clock: Pick<Clock, 'now'>;
}

/**
 * Sets those aside whose session is not stored. One that a turn used of late stays all the same: a node that was given another database
 * for a while finds its trees again. Nothing comes between the last look at turns and the renames, so none is making one of these.
 */
export async function setStraysAside(
  { store, stateFolder, running, clock }: StrayTrees,
  agentId: string,
): Promise<void> {
  const trees = treesOf(stateFolder, agentId);
  const usedBefore = clock.now() - limits.keptDays * dayMs;
  // A turn may remove its own meanwhile.
  const usedAt = (name: string) => statSync(join(trees, name), { throwIfNoEntry: false })?.mtimeMs ?? clock.now();
  const old = namesIn(trees).filter((name) => !name.startsWith(asidePrefix) && usedAt(name) < usedBefore);
  if (old.length === 0) return;
  const stored = await store.sessionLists.names(agentId);
  const inTurn = [...running.values()].filter((turn) => turn.agentId === agentId).map(({ sessionId }) => sessionId);
  const wanted = new Set([...stored, ...inTurn].map((id) => basename(treeFolderOf(stateFolder, agentId, id))));
  for (const name of old) if (!wanted.has(name)) setAside(join(trees, name));
}

/** Removes what was set aside of an agent, one after the other, until `signal`. Returns what went wrong. */
export async function removeAside(stateFolder: string, agentId: string, signal: AbortSignal): Promise<string[]> {
  const trees = treesOf(stateFolder, agentId);
  const aside = namesIn(trees).filter((name) => name.startsWith(asidePrefix));
  const faults: string[] = [];
  for (const name of aside) {
    const why = await removeFolderApart(join(trees, name), signal);
    if (why !== undefined) faults.push(why);
  }
  return faults;
}
