/** `jvagent show`: one session with everything that happened in it. */
import { Command } from 'commander';
import type { Context } from '../context.ts';
import { CommandFailure } from '../failure.ts';
import { entryText } from '../log-text.ts';
import { type Print, usdText } from '../print.ts';
import { type SessionView, sessionView } from '../session-view.ts';

const entriesMax = 10_000;

async function viewOf(context: Context, agentId: string, sessionId: string): Promise<SessionView> {
  const state = context.agent(agentId);
  const store = await context.store();
  const session = await store.sessions.get(agentId, sessionId);
  if (!session)
    throw new CommandFailure(`${agentId} has no session ${sessionId}. See \`jvagent sessions ${agentId}\`.`);
  const log = await store.log.tail({ agentId, sessionId, max: entriesMax });
  return sessionView(session, log, 'agent' in state ? state.agent.config.devops?.stateMapping : undefined);
}

function printView(print: Print, { log, usd, tokens, pendingTrigger, ...facts }: SessionView): void {
  for (const [name, value] of Object.entries(facts)) print.line(`${name.padEnd(12)} ${value ?? '-'}`);
  if (pendingTrigger) print.line(`${'waits for'.padEnd(12)} ${JSON.stringify(pendingTrigger)}`);
  const { input, cached, output } = tokens;
  print.line(`${'cost'.padEnd(12)} ${usdText(usd)}, tokens ${input} in, ${cached} cached, ${output} out`);
  print.line('');
  for (const entry of log) print.line(entryText(entry));
}

export function showCommand(context: Context): Command {
  return new Command('show')
    .description('one session: its work item, what it waits for, and its log')
    .argument('<id>', 'the agent')
    .argument('<session>', 'such as wi-12')
    .option('--json', 'print one JSON document')
    .action(async (id: string, sessionId: string, { json = false }) => {
      const view = await viewOf(context, id, sessionId);
      if (json) context.print.json(view);
      else printView(context.print, view);
    });
}
