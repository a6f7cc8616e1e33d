/** Notes in the audit log what a person did to agents at the command line. */
import { digestOf } from '../base/digest.ts';
import type { Context } from './context.ts';

/** One entry an agent, since each agent's chain stands for itself. */
export async function noteAudit(context: Context, agents: readonly { id: string }[], action: string): Promise<void> {
  const { audit } = await context.store();
  for (const { id } of agents) {
    const concerns = { agentId: id, sessionId: '', target: `agent/${id}` };
    const argsDigest = digestOf({ action, target: concerns.target });
    await audit.append({ ...concerns, actor: `person/${context.person()}`, action, argsDigest, outcome: 'done' });
  }
}
