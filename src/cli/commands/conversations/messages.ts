/** `jvagent messages`: messages that reached nobody, and sending one of them again. */
import { Command } from 'commander';
import { agentOf } from '../../../broker/address.ts';
import { refuse } from '../../../refusal.ts';
import type { Context } from '../../context.ts';
import { failureOf } from '../../failure.ts';
import { noteAudit } from '../../note-audit.ts';
import { timeText } from '../../print.ts';

interface Flags {
  dead?: boolean;
  sendAgain?: string;
  json?: boolean;
}

const shownMax = 200;

async function list({ print, ...context }: Context, json: boolean): Promise<void> {
  const dead = await (await context.store()).messages.dead(shownMax);
  if (json) return print.json(dead);
  if (dead.length === 0) return print.line('Every message reached somebody.');
  const rows = dead.map(({ id, at, from, to, command }) => [id, timeText(at), from, to, command]);
  print.table(['MESSAGE', 'TIME', 'FROM', 'TO', 'COMMAND'], rows);
}

/** As it was sent, with its sender and the chain of its causes. */
async function sendAgain(context: Context, id: string): Promise<void> {
  const { messages } = await context.store();
  const message = await messages.get(id);
  if (!message || !(await messages.revive(id))) {
    const fix = 'Run `jvagent messages --dead` to see those that reached nobody.';
    throw failureOf(refuse('ADDRESS_DENIED', `there is no message ${id} that reached nobody`, fix));
  }
  const agentId = agentOf(message.to);
  if (agentId !== undefined) await noteAudit(context, [{ id: agentId }], 'send-again');
  context.print.line(`${id} is on its way to ${message.to} again.`);
}

export function messagesCommand(context: Context): Command {
  return new Command('messages')
    .description('list the messages that reached nobody, and send one of them again')
    .option('--dead', 'list those that reached nobody (the only list there is)')
    .option('--send-again <message>', 'send this one again, now that its agent is there')
    .option('--json', 'print one JSON document')
    .action(({ sendAgain: id, json = false }: Flags) =>
      id === undefined ? list(context, json) : sendAgain(context, id),
    );
}
