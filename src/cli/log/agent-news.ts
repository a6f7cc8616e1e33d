/** Which agents run and which do not, and why; and what changes of that while the platform runs, for the terminal of `start`. */
import { heldBy } from '../../agents/trust.ts';
import { type Loop, startLoop } from '../../base/loop.ts';
import type { Refusal } from '../../refusal.ts';
import { pauseOf } from '../../status/agent-standing.ts';
import type { Platform } from '../../web/start-platform.ts';

type Parts = Pick<Platform, 'store' | 'agents'>;

/** Reads why agents do not run now, all at once: a workspace can have a thousand. */
export async function readStopped({
  store,
  agents,
}: Parts): Promise<(agentId: string) => Promise<Refusal | undefined>> {
  const [records, pausedAt] = await Promise.all([store.agents.list(), store.platform.pausedAt()]);
  const known = new Map(records.map((record) => [record.agentId, record]));
  return async (agentId) => {
    const state = agents.get(agentId);
    if (state && 'refusal' in state) return state.refusal;
    const { trusted, fault, pausedAt: ownPausedAt } = known.get(agentId) ?? {};
    if (fault) return fault;
    if (!trusted || !state || !heldBy(trusted, state.agent)) return pauseOf(agentId, ownPausedAt, pausedAt);
    return heldBy(trusted, state.agent, await store.nodes.othersWith(agentId, trusted.digest));
  };
}

const lookMs = 10_000;

/** Tells from now on which agents stop and which run again. What is wrong with files is in the log, and not told. */
export function startAgentNews(
  parts: Parts,
  clock: Parameters<typeof startLoop>[0]['clock'],
  tell: (agentId: string, why: Refusal | undefined) => void,
): Loop {
  const seen = new Map<string, string>();
  async function look(): Promise<void> {
    const stopped = await readStopped(parts);
    for (const { id } of parts.agents.list()) {
      const why = await stopped(id);
      const [before, now] = [seen.get(id), why ? `${why.refused}: ${why.why}` : ''];
      seen.set(id, now);
      const state = parts.agents.get(id);
      if (before !== undefined && before !== now && state && 'agent' in state) tell(id, why);
    }
  }
  // A database that is away is told by the log.
  return startLoop({ clock, pauseMs: lookMs, step: look, onError: () => {} });
}
