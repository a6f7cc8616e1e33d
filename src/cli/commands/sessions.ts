/** `jvagent sessions`: the sessions of one agent or of all, those that were active last first. */
import { Command } from 'commander';
import { sessionSummary } from '../../views/session-list.ts';
import type { Context } from '../context.ts';
import { lineCountOf } from '../log/line-count.ts';
import { timeText, usdText } from '../print.ts';

const usualMax = 200;

async function list(context: Context, id: string | undefined, { lines, json }: { lines: number; json?: boolean }) {
  if (id !== undefined) context.agent(id);
  const { sessionLists } = await context.store();
  const { sessions, total } = await sessionLists.page({ agentId: id, skip: 0, max: lines });
  const summaries = sessions.map((session) => sessionSummary(session, context.now()));
  if (json) return context.print.json(summaries);
  const rows = summaries.map(({ agentId, sessionId, phase, running, lastActiveAt, usd, title }) => {
    const cells = [agentId, sessionId, phase ?? '-', running ? 'yes' : 'no'];
    return [...cells, timeText(lastActiveAt), usdText(usd), title];
  });
  context.print.table(['AGENT', 'SESSION', 'PHASE', 'TURN', 'LAST ACTIVE', 'COST', 'TITLE'], rows);
  if (total > rows.length) context.print.line(`${rows.length} of ${total} sessions. -n ${total} shows all.`);
}

export function sessionsCommand(context: Context): Command {
  return new Command('sessions')
    .description('list sessions, with the phase of their work items: those that were active last first')
    .argument('[id]', 'the agent; all when none is named')
    .option('-n, --lines <count>', 'how many sessions', lineCountOf, usualMax)
    .option('--json', 'print one JSON document')
    .action((id: string | undefined, flags: { lines: number; json?: boolean }) => list(context, id, flags));
}
