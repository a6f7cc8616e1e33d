/** `jvagent trust`: shows what changed in an agent's configuration since it was last trusted, and trusts it. */
import { Command } from 'commander';
import { changesOf, type SteeringChange } from '../../agents/trust.ts';
import { trustDifference } from '../../views/trust-difference.ts';
import type { Context } from '../context.ts';
import { failureOf } from '../failure.ts';
import { noteAudit } from '../note-audit.ts';

/** In full: nobody should trust what they were not shown. Of a tool the state keeps a hash. */
function differenceOf(change: SteeringChange): string {
  const { name, how, lines } = trustDifference(change);
  const [, tool] = /^tool (.+)$/.exec(name) ?? [];
  if (tool !== undefined) {
    const was =
      change.before === undefined ? '' : `, of which the state keeps only the hash ${change.before.slice(0, 12)}`;
    const see = how === 'removed' ? 'It is gone' : `Read the file ${tool} before you trust it`;
    return `${name}${how === 'changed' ? '' : ` (${how})`}\n  ${see}${was}.`;
  }
  return [`${name}${how === 'changed' ? '' : ` (${how})`}`, ...(lines ?? []).map((line) => `  ${line}`)].join('\n');
}

async function trust(context: Context, id: string, flags: { dryRun?: boolean; json?: boolean }): Promise<void> {
  const state = context.agent(id);
  if (!('agent' in state)) throw failureOf(state.refusal);
  const { digest, steering } = state.agent;
  const { agents } = await context.store();
  const { trusted } = await agents.get(id);
  const changes = trusted ? changesOf(trusted, state.agent) : [];
  if (flags.json) context.print.json({ agentId: id, digest, trusted: trusted?.digest, changes });
  else for (const change of changes) context.print.line(differenceOf(change));
  if (flags.dryRun) return;
  await agents.set(id, { trusted: { digest, steering }, fault: null });
  await noteAudit(context, [state], 'trust');
  if (!flags.json) context.print.line(`The configuration of ${id} is now trusted (digest ${digest.slice(0, 12)}).`);
}

export function trustCommand(context: Context): Command {
  return new Command('trust')
    .description("show what changed in an agent's configuration, and trust it")
    .argument('<id>', 'the agent')
    .option('--dry-run', 'show what changed, and trust nothing')
    .option('--json', 'print one JSON document')
    .action((id: string, flags: { dryRun?: boolean; json?: boolean }) => trust(context, id, flags));
}
