/** Allows turns only for a trusted configuration; the first configuration of a new agent is trusted. */
import type { Agent } from '../agents/agent.ts';
import { heldBy } from '../agents/trust.ts';
import type { Log } from '../base/log.ts';
import type { Store } from '../store/database/database.ts';

export interface TrustLook {
  readonly log: Log;
  /** Whether another node that works has the agent with these files: then only this node has others, and the agent works there. */
  readonly isElsewhere: (agentId: string, digest: string) => boolean;
}

/** False while a changed configuration waits for `jvagent trust`; `status` shows why. */
export async function isTrusted(store: Pick<Store, 'agents'>, agent: Agent, look: TrustLook): Promise<boolean> {
  const { agents } = store;
  const { log, isElsewhere } = look;
  const { trusted, fault } = await agents.get(agent.id);
  const { digest, steering } = agent;
  const held = heldBy(trusted, agent) ?? null;
  // New, or stored again with the names of this version.
  if (!held && trusted?.digest !== digest) {
    const isFirst = await agents.trust(agent.id, { digest, steering }, trusted?.digest);
    // Another node was quicker, perhaps with other files.
    if (!isFirst) return isTrusted(store, agent, look);
  }
  if (held && trusted && isElsewhere(agent.id, trusted.digest)) return false;
  if (held?.why !== fault?.why) {
    await agents.set(agent.id, { fault: held });
    if (held) log.warn({ agentId: agent.id }, `${held.refused}: ${held.why}. ${held.fix}`);
  }
  return held === null;
}
