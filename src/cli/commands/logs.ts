/** `jvagent logs`: what happened in sessions, up to now or as it happens. */
import { Command, Option } from 'commander';
import { systemClock } from '../../base/clock.ts';
import type { StoredLogEntry } from '../../store/session-log.ts';
import { wordsOf } from '../../views/log/entry-words.ts';
import type { Context } from '../context.ts';
import { writeEntry } from '../log/write-entry.ts';
import { lookThroughAway } from '../waiting/while-away.ts';

interface Flags {
  follow?: boolean;
  full?: boolean;
  json?: boolean;
}

const entriesMax = 1_000;
const followMs = 500;

async function logs(context: Context, flags: Flags, agentId?: string, sessionId?: string): Promise<void> {
  if (agentId !== undefined) context.agent(agentId);
  const { log } = await context.store();
  const wanted = { agentId, sessionId: sessionId || undefined, max: entriesMax };
  const printEntry = (entry: StoredLogEntry) => {
    const where = [...(agentId ? [] : [entry.agentId]), ...(sessionId ? [] : [entry.sessionId])].join(' ');
    const words = wordsOf(entry);
    if (words) writeEntry(context.print, words, { at: entry.at, where, isFull: flags.full ?? false });
  };
  const { tail, news } = await log.follow(wanted);
  if (flags.json) return context.print.json(tail);
  tail.forEach(printEntry);
  if (!flags.follow) return;
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const look = lookThroughAway(context.print, 'New entries are shown when it is back.');
  while (!stop.signal.aborted) {
    await systemClock.sleep(followMs, stop.signal);
    await look(async () => (await news.next(entriesMax)).forEach(printEntry));
  }
}

export function logsCommand(context: Context): Command {
  return new Command('logs')
    .description('show what happened in sessions, oldest first')
    .argument('[id]', 'the agent; all agents if you name none')
    .argument('[session]', 'such as wi-12; all sessions if you name none')
    .option('-f, --follow', 'keep showing new entries until you press Ctrl-C')
    .option('--full', 'show long answers and texts to their end')
    .addOption(new Option('--json', 'print one JSON document').conflicts('follow'))
    .action((id: string | undefined, session: string | undefined, flags: Flags) => logs(context, flags, id, session));
}
