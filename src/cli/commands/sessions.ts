/** `jvagent sessions`: the sessions of one agent or of all. */
import { Command } from 'commander';
import { sessionSummary } from '../../views/session-list.ts';
import type { Context } from '../context.ts';
import { timeText, usdText } from '../print.ts';

export function sessionsCommand(context: Context): Command {
  return new Command('sessions')
    .description('list sessions, with the phase of their work items')
    .argument('[id]', 'the agent; all when none is named')
    .option('--json', 'print one JSON document')
    .action(async (id: string | undefined, { json = false }) => {
      if (id !== undefined) context.agent(id);
      const sessions = await (await context.store()).sessions.list(id);
      const summaries = sessions.map((session) => sessionSummary(session, context.now()));
      if (json) return context.print.json(summaries);
      const rows = summaries.map(({ agentId, sessionId, phase, running, lastActiveAt, usd, title }) => {
        const cells = [agentId, sessionId, phase ?? '-', running ? 'yes' : 'no'];
        return [...cells, timeText(lastActiveAt), usdText(usd), title];
      });
      context.print.table(['AGENT', 'SESSION', 'PHASE', 'TURN', 'LAST ACTIVE', 'COST', 'TITLE'], rows);
    });
}
