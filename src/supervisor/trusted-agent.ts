/** Lets an agent begin turns only as a person trusted it; one that is seen for the first time is trusted as it is. */
import type { Agent } from '../agents/agent.ts';
import { heldBy } from '../agents/trust.ts';
import type { Log } from '../base/log.ts';
import type { Store } from '../store/database/database.ts';

/** False while a change of its configuration waits for `jvagent trust`; `status` then shows why. */
export async function isTrusted({ agents }: Pick<Store, 'agents'>, agent: Agent, log: Log): Promise<boolean> {
  const { trusted, fault } = await agents.get(agent.id);
  const { digest, steering } = agent;
  const held = heldBy(trusted, agent) ?? null;
  // Seen for the first time, or written again in the names of this version.
  if (!held && trusted?.digest !== digest) await agents.set(agent.id, { trusted: { digest, steering } });
  if (held?.why !== fault?.why) {
    await agents.set(agent.id, { fault: held });
    if (held) log.warn({ agentId: agent.id }, `${held.refused}: ${held.why}. ${held.fix}`);
  }
  return held === null;
}
