/** `jvagent proposals`, `confirm` and `decline`: what impl agents want to change on an instance, and a person's word on it. */
import { Command } from 'commander';
import type { StoredProposal } from '../../../conversations/proposal.ts';
import { proposalText, requestLine } from '../../../conversations/proposal-text.ts';
import type { Context } from '../../context.ts';
import { CommandFailure, granted } from '../../failure.ts';
import { timeText } from '../../print.ts';

/** How a proposal is asked about: the names of its instance and of those who may confirm it in Slack. */
function askedOf(context: Context, agentId: string) {
  const state = context.agents().get(agentId);
  const { name = agentId, confirmers = [] } = (state && 'agent' in state && state.agent.config.instance) || {};
  return { instance: name, confirmers };
}

async function list(context: Context, id: string | undefined, { json = false }: { json?: boolean }): Promise<void> {
  if (id !== undefined) context.agent(id);
  const open = await (await context.store()).proposals.open(id);
  if (json) return context.print.json(open);
  if (open.length === 0) return context.print.line('No proposal waits for a person.');
  for (const proposal of open) {
    context.print.line(`${proposal.agentId} ${proposal.id}, proposed ${timeText(proposal.at)} UTC`);
    context.print.line(`${proposalText(proposal, askedOf(context, proposal.agentId)).replace(/^/gm, '  ')}\n`);
  }
}

async function proposalOf(context: Context, agentId: string, id: string): Promise<StoredProposal> {
  context.agent(agentId);
  const proposal = await (await context.store()).proposals.get(id);
  if (proposal?.agentId === agentId) return proposal;
  throw new CommandFailure(
    `${agentId} has no proposal ${id}. See \`jvagent proposals ${agentId}\` for those that are open.`,
  );
}

async function decide(context: Context, to: 'confirmed' | 'declined', agentId: string, id: string): Promise<void> {
  const { hash, request } = await proposalOf(context, agentId, id);
  const { proposals } = await context.store();
  const person = context.person();
  granted(await proposals.decide({ id, hash, to, by: `person/${person}`, name: `${person} at the terminal` }));
  const line = requestLine(request);
  if (to === 'declined') return context.print.line(`${line} is declined. Nothing is sent.`);
  context.print.line(
    `${line} is confirmed. It is sent within a second, or as soon as the platform runs and is not paused, if the value is still the one shown. See \`jvagent logs ${agentId}\`.`,
  );
}

export function proposalsCommand(context: Context): Command {
  return new Command('proposals')
    .description('what agents propose to change on an instance, each with the value that stands there now')
    .argument('[id]', 'the agent')
    .option('--json', 'print one JSON document')
    .action((id: string | undefined, flags: { json?: boolean }) => list(context, id, flags));
}

const deciding = (name: string, to: 'confirmed' | 'declined', description: string) => (context: Context) =>
  new Command(name)
    .description(description)
    .argument('<id>', 'the agent')
    .argument('<proposal>', 'its id, from `jvagent proposals`')
    .action((id: string, proposal: string) => decide(context, to, id, proposal));

export const confirmCommand = deciding('confirm', 'confirmed', 'let a proposed change be sent to the instance, once');
export const declineCommand = deciding('decline', 'declined', 'turn a proposed change down; nothing is sent');
