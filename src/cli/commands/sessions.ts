/** `jvagent sessions`: the sessions of one agent or of all. */
import { Command } from 'commander';
import { isRunning } from '../../status/facts.ts';
import type { StoredSession } from '../../store/session-rows.ts';
import type { Context } from '../context.ts';
import { timeText, usdText } from '../print.ts';

/** What a machine may know of a session without its log. */
function summaryOf(session: StoredSession, now: number) {
  const { agentId, sessionId, title, workItemId, phase, pendingTrigger, createdAt, lastActiveAt, closedAt } = session;
  const { usd, tokens, turns } = session;
  const times = { createdAt, lastActiveAt, closedAt };
  const running = isRunning(session, now);
  return { agentId, sessionId, title, workItemId, phase, pendingTrigger, ...times, running, usd, tokens, turns };
}

export function sessionsCommand(context: Context): Command {
  return new Command('sessions')
    .description('list sessions, with the phase of their work items')
    .argument('[id]', 'the agent; all when none is named')
    .option('--json', 'print one JSON document')
    .action(async (id: string | undefined, { json = false }) => {
      if (id !== undefined) context.agent(id);
      const sessions = await (await context.store()).sessions.list(id);
      const summaries = sessions.map((session) => summaryOf(session, context.now()));
      if (json) return context.print.json(summaries);
      const rows = summaries.map(({ agentId, sessionId, phase, running, lastActiveAt, usd, title }) => {
        const cells = [agentId, sessionId, phase ?? '-', running ? 'yes' : 'no'];
        return [...cells, timeText(lastActiveAt), usdText(usd), title];
      });
      context.print.table(['AGENT', 'SESSION', 'PHASE', 'TURN', 'LAST ACTIVE', 'COST', 'TITLE'], rows);
    });
}
