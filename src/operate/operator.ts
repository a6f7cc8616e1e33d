/** The person who operates the platform, from the terminal or the dashboard, and how their acts come into the audit log. */
import type { AgentStore } from '../agents/agent-store.ts';
import { digestOf } from '../base/digest.ts';
import type { Broker } from '../broker/broker.ts';
import type { Store } from '../store/database/database.ts';

/** What a person acts on, and as whom. */
export interface Operator {
  readonly store: Store;
  readonly agents: Pick<AgentStore, 'list' | 'get'>;
  readonly broker: Pick<Broker, 'publish'>;
  /** As messages and audit entries name them. */
  readonly person: string;
}

/** One entry an agent, since each agent's chain stands for itself. */
export async function noteAct(
  { store, person }: Pick<Operator, 'store' | 'person'>,
  agents: readonly { id: string }[],
  action: string,
): Promise<void> {
  for (const { id } of agents) {
    const concerns = { agentId: id, sessionId: '', target: `agent/${id}` };
    const argsDigest = digestOf({ action, target: concerns.target });
    await store.audit.append({ ...concerns, actor: `person/${person}`, action, argsDigest, outcome: 'done' });
  }
}
