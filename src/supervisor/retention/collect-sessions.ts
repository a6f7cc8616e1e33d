/**
 * Deletes sessions that were inactive for longer than their agent's retention and that nobody needs: row, log, transcript and tree. Of
 * items that ended without a deployment it also deletes the commits that were kept for a while. With them go heartbeats of more than a
 * day ago, and pauses that are over. How long ago something was, the state's own time says.
 */
import type { AgentStore } from '../../agents/agent-store.ts';
import { isNeeded } from '../../broker/retention.ts';
import { limits } from '../../limits.ts';
import type { Store } from '../../store/database/database.ts';
import type { StoredSession } from '../../store/session-rows.ts';
import { removeAside, type StrayTrees, setStraysAside, setTreeAside } from './trees.ts';

export interface CollectOptions extends StrayTrees {
  store: Pick<Store, 'sessions' | 'sessionLists' | 'work' | 'messages' | 'pauses'>;
  agents: Pick<AgentStore, 'list'>;
  /** Ends the removal of trees, which may take long. */
  signal: AbortSignal;
}

const dayMs = 86_400_000;

/** Only its session knows that a person cancelled an item: without the session, an item that still waits would start again. */
const isHeldBack = ({ item }: StoredSession) => item?.cancelledRev !== undefined;

/** Throws, once everything was tried, if a tree could not be removed. */
export async function collectSessions(options: CollectOptions): Promise<void> {
  const { store, agents, stateFolder, signal } = options;
  await store.work.dropOld(limits.keptDays * dayMs);
  await store.messages.dropBeats(dayMs);
  await store.pauses.prune();
  for (const state of agents.list()) {
    if (!('agent' in state)) continue;
    const { sessionRetentionDays } = state.agent.config;
    const sessions = await store.sessionLists.inactive(state.id, sessionRetentionDays * dayMs);
    for (const session of sessions) {
      if (isNeeded(session) || isHeldBack(session) || !(await store.sessions.remove(session))) continue;
      setTreeAside(stateFolder, session);
    }
  }
  const faults: string[] = [];
  for (const { id } of agents.list()) {
    await setStraysAside(options, id);
    faults.push(...(await removeAside(stateFolder, id, signal)));
  }
  if (faults.length > 0) throw new Error(`trees of sessions that are gone could not be removed: ${faults.join('; ')}`);
}
