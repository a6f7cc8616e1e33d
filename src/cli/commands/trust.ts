/** `jvagent trust`: shows what changed in an agent's configuration since it was last trusted, and trusts it. */
import { Command } from 'commander';
import { structuredPatch } from 'diff';
import { changesOf, type SteeringChange } from '../../agents/trust.ts';
import type { Context } from '../context.ts';
import { failureOf } from '../failure.ts';
import { noteAudit } from '../note-audit.ts';

/** Every changed line in full, with the line before and after it: nobody should trust what they were not shown. */
function differenceOf({ name, before, after }: SteeringChange): string {
  const { hunks } = structuredPatch('', '', before ?? '', after ?? '', '', '', { context: 1 });
  const lines = hunks.flatMap(({ oldStart, lines }) => [`@@ line ${oldStart}`, ...lines]);
  const what = before === undefined ? ' (new)' : after === undefined ? ' (removed)' : '';
  return [`${name}${what}`, ...lines.map((line) => `  ${line}`)].join('\n');
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
