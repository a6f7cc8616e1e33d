/** `jvagent memory`: the notes of an agent, version by version, and which of them count. */
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { memoryFolderOf } from '../../agents/memory-folder.ts';
import type { MemoryVersion } from '../../store/memory.ts';
import type { Context } from '../context.ts';
import { CommandFailure } from '../failure.ts';
import { noteAudit } from '../note-audit.ts';
import { timeText } from '../print.ts';

function seqOf(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new InvalidArgumentError('It must be a version number from `jvagent memory log`.');
  return Number(text);
}

const sizeOf = ({ text }: MemoryVersion) => Buffer.byteLength(text);

function originText({ origin, sessionId }: MemoryVersion): string {
  const names = {
    turn: sessionId ?? 'the agent',
    merge: `${sessionId ?? 'the agent'}, joined with newer notes`,
    file: 'a person, in the file',
    revert: 'a person, by `memory revert`',
  };
  return names[origin];
}

async function log(context: Context, id: string, { json = false }: { json?: boolean }): Promise<void> {
  context.agent(id);
  const versions = await (await context.store()).memory.list(id);
  if (json) return context.print.json(versions.map((version) => ({ ...version, bytes: sizeOf(version) })));
  const rows = versions.map((version) => {
    const { seq, at, file, accepted } = version;
    return [String(seq), timeText(at), file, originText(version), accepted ? 'yes' : 'no', `${sizeOf(version)} bytes`];
  });
  context.print.table(['VERSION', 'AT', 'FILE', 'WRITTEN BY', 'COUNTS', 'SIZE'], rows);
}

async function versionOf(context: Context, id: string, seq: number): Promise<MemoryVersion> {
  context.agent(id);
  const version = (await (await context.store()).memory.list(id)).find((one) => one.seq === seq);
  if (version) return version;
  throw new CommandFailure(`${id} has no version ${seq} of its notes. See \`jvagent memory log ${id}\`.`);
}

const folderOf = (context: Context, id: string) => memoryFolderOf(join(context.settings().root, id));

async function accept(context: Context, id: string, seq: number): Promise<void> {
  const { file } = await versionOf(context, id, seq);
  const { memory } = await context.store();
  if (!(await memory.accept(id, seq, folderOf(context, id)))) {
    context.print.line(`Version ${seq} counts already.`);
    return;
  }
  await noteAudit(context, [{ id }], `memory-accept ${seq}`);
  context.print.line(`Every session of ${id} now uses version ${seq} of ${file}.`);
}

async function revert(context: Context, id: string, seq: number): Promise<void> {
  const { file } = await versionOf(context, id, seq);
  const { memory } = await context.store();
  await memory.revert(id, seq, folderOf(context, id));
  await noteAudit(context, [{ id }], `memory-revert ${seq}`);
  context.print.line(`${file} of ${id} is as it was in version ${seq}.`);
}

export function memoryCommand(context: Context): Command {
  const memory = new Command('memory').description("show an agent's notes, and decide which of them count");
  memory
    .command('log')
    .description('list all versions, oldest first; of each file, the last version that counts is used')
    .argument('<id>', 'the agent')
    .option('--json', 'print one JSON document, with the texts')
    .action((id: string, flags: { json?: boolean }) => log(context, id, flags));
  memory
    .command('accept')
    .description('make notes count before their work item is merged')
    .argument('<id>', 'the agent')
    .argument('<seq>', 'the version', seqOf)
    .action((id: string, seq: number) => accept(context, id, seq));
  memory
    .command('revert')
    .description('make an earlier version count again; it becomes a new version')
    .argument('<id>', 'the agent')
    .argument('<seq>', 'the version', seqOf)
    .action((id: string, seq: number) => revert(context, id, seq));
  return memory;
}
