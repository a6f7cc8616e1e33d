/** Notes in the audit log what a person did to agents at the command line, or was refused. */
import type { Command } from 'commander';
import { agentOf } from '../broker/address.ts';
import { noteAct } from '../operate/operator.ts';
import { auditRefusal } from '../store/audit-refusal.ts';
import type { Context } from './context.ts';
import type { CommandFailure } from './failure.ts';

export async function noteAudit(context: Context, agents: readonly { id: string }[], action: string): Promise<void> {
  await noteAct({ store: await context.store(), person: context.person() }, agents, action);
}

/** Commands by which a person wants something done; one that only reads is not an act. */
const acts: ReadonlySet<string> = new Set(
  'send heartbeat pause resume cancel retry rollback release confirm decline trust memory-accept memory-revert agent-remove'.split(
    ' ',
  ),
);

const targetCharsMax = 200;

function nameOf(command: Command): string {
  const group = command.parent?.parent ? `${command.parent.name()}-` : '';
  return `${group}${command.name()}`;
}

/** Notes that a command was refused, with the agent that it was for; an agent that is not there has no log. */
export async function noteRefused(context: Context, command: Command, { code }: CommandFailure): Promise<void> {
  const action = nameOf(command);
  const [first = '', ...more] = command.args;
  const agentId = agentOf(first) ?? first;
  if (!acts.has(action) || command.opts<{ dryRun?: boolean }>().dryRun || !context.agents().get(agentId)) return;
  const { audit } = await context.store();
  const target = [agentId, action === 'send' ? '' : more.join(' ')].filter(Boolean).join(' ').slice(0, targetCharsMax);
  await auditRefusal(audit, { agentId, sessionId: '' }, { actor: `person/${context.person()}`, action, target, code });
}
