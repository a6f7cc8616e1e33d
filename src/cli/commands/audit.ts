/** `jvagent audit`: shows who did what, checks that the record is whole, and exports it. */
import { Command } from 'commander';
import { type AuditEntry, exportLine } from '../../store/audit-chain.ts';
import { auditWords } from '../../views/log/audit-words.ts';
import type { Context } from '../context.ts';
import { CommandFailure } from '../failure.ts';
import { lineCountOf } from '../log/line-count.ts';
import { writeEntry } from '../log/write-entry.ts';

const pageEntries = 1_000;
const tailEntries = 50;

/** The named agent, or every agent that has files, is known to the store, or has a log. */
async function agentIds(context: Context, id: string | undefined): Promise<string[]> {
  if (id !== undefined) return [id];
  const { agents, audit } = await context.store();
  const [remembered, logged] = await Promise.all([agents.list(), audit.checked()]);
  const ids = [
    ...context
      .agents()
      .list()
      .map((state) => state.id),
    ...[...remembered, ...logged].map((row) => row.agentId),
  ];
  return [...new Set(ids)].sort();
}

async function* entriesOf(context: Context, id: string | undefined): AsyncGenerator<AuditEntry> {
  const { audit } = await context.store();
  for (const agentId of await agentIds(context, id)) {
    let page: AuditEntry[] = [];
    do {
      page = await audit.list(agentId, page.at(-1)?.seq ?? 0, pageEntries);
      yield* page;
    } while (page.length === pageEntries);
  }
}

async function tail(
  context: Context,
  id: string | undefined,
  { lines, json = false }: { lines: number; json?: boolean },
) {
  const entries = await (await context.store()).audit.tail(id, lines);
  if (json) return context.print.json(entries);
  for (const entry of entries) {
    const where = [...(id === undefined ? [entry.agentId] : []), entry.sessionId].filter(Boolean).join(' ');
    writeEntry(context.print, auditWords(entry), { at: entry.at, where, isFull: true });
  }
}

async function verify(context: Context, id: string | undefined, { json = false }: { json?: boolean }): Promise<void> {
  const { audit } = await context.store();
  const ids = await agentIds(context, id);
  const verdicts = await context.print.during('Reading the audit logs', () =>
    Promise.all(ids.map(async (agentId) => ({ agentId, ...(await audit.verify(agentId)) }))),
  );
  if (json) context.print.json(verdicts);
  else {
    for (const verdict of verdicts) {
      const words = verdict.ok ? 'is whole' : `is broken at entry ${verdict.brokenAt}: ${verdict.why}`;
      context.print.line(`${verdict.agentId} ${words}`);
    }
  }
  const broken = verdicts.filter(({ ok }) => !ok).length;
  if (broken > 0)
    throw new CommandFailure(
      `${broken} of ${verdicts.length} audit logs ${broken === 1 ? 'is' : 'are'} broken. Compare with your last export.`,
    );
}

async function exportAll(
  context: Context,
  id: string | undefined,
  { json = false }: { json?: boolean },
): Promise<void> {
  const entries: AuditEntry[] = [];
  for await (const entry of entriesOf(context, id)) {
    if (json) entries.push(entry);
    else context.print.jsonLine(exportLine(entry));
  }
  if (json) context.print.json(entries);
}

export function auditCommand(context: Context): Command {
  const audit = new Command('audit').description(
    'show, verify and export the record of who did what, or was refused it',
  );
  audit
    .command('tail')
    .description('show the last entries')
    .argument('[id]', 'the agent; all agents if you name none')
    .option('-n, --lines <count>', 'how many entries', lineCountOf, tailEntries)
    .option('--json', 'print one JSON document')
    .action((id: string | undefined, flags: { lines: number; json?: boolean }) => tail(context, id, flags));
  audit
    .command('verify')
    .description('check that no entry was changed or removed')
    .argument('[id]', 'the agent; all agents if you name none')
    .option('--json', 'print one JSON document')
    .action((id: string | undefined, flags: { json?: boolean }) => verify(context, id, flags));
  audit
    .command('export')
    .description('print all entries, one JSON object per line')
    .argument('[id]', 'the agent; all agents if you name none')
    .option('--json', 'print one JSON document instead')
    .action((id: string | undefined, flags: { json?: boolean }) => exportAll(context, id, flags));
  return audit;
}
