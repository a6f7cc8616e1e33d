/** `jvagent support`: a file for a bug report, without secrets and without the texts that people and models wrote. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Command } from 'commander';
import { isMissing, writeFileWhole } from '../../../base/files.ts';
import type { Context } from '../../context.ts';
import { CommandFailure } from '../../failure.ts';
import { supportBundle } from '../../support/bundle.ts';

const contents = [
  'versions of jvagent, Node and the system',
  'the names of settings that are set',
  "each agent's id, its numbers and switches, and which other fields are set",
  'what doctor finds on this machine, and the codes of what was found of each agent',
  'phases, codes, counts and times of work items and sessions; the last acts in the audit log, without who and on what',
  'the words of crashes, without quotations, addresses, paths and titles',
];

async function support(context: Context, file: string): Promise<void> {
  const { print } = context;
  if (!isMissing(file)) throw new CommandFailure(`${file} already exists. Choose a new file name.`);
  const folder = dirname(resolve(file));
  if (!existsSync(folder))
    throw new CommandFailure(`${file} cannot be written: there is no folder ${folder}. Make it first.`);
  const bundle = await print.during('Reading the state', () => supportBundle(context));
  writeFileWhole(resolve(file), gzipSync(JSON.stringify(bundle, null, 2)));
  print.line(`Wrote ${file}. It holds:`);
  for (const content of contents) print.line(`  - ${content}`);
  print.line('It holds no token, and no text of a work item, plan, comment, file or conversation.');
  print.line(`Read it before you send it, for names that you want to keep: gunzip -c ${file} | less`);
}

export function supportCommand(context: Context): Command {
  return new Command('support')
    .description('write a file for a bug report, without secrets and texts; read it before you send it')
    .argument('<file>', 'the file to write, such as support.json.gz; it must not exist yet')
    .action((file: string) => support(context, file));
}
