/** `jvagent emulate`: the emulators alone, until they are stopped. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { scriptFor } from '../../../../emulators/demo-repository/model-script.ts';
import { addressesOf, startEmulators } from '../../../../emulators/start.ts';
import type { Context } from '../../context.ts';
import { demoCase } from '../../demo/fix.ts';

const names = ['azureDevOps', 'github', 'instance', 'anthropic', 'control'] as const;

type Addresses = ReturnType<typeof addressesOf>;

/** Those that were asked for; what everything needs is always there. */
function chosen(all: Addresses, wanted: readonly string[]): Partial<Addresses> {
  if (wanted.length === 0) return all;
  return Object.fromEntries(Object.entries(all).filter(([name]) => name === 'control' || wanted.includes(name)));
}

async function emulate({ print }: Context, wanted: string[], json: boolean, command: Command): Promise<void> {
  const unknown = wanted.find((name) => !names.some((known) => known === name));
  if (unknown) command.error(`There is no emulator ${unknown}. Use ${names.join(', ')}.`, { exitCode: 2 });
  const folder = mkdtempSync(join(tmpdir(), 'jvagent-emulators-'));
  const { source, fix, testCommand } = demoCase();
  const emulators = await startEmulators({ folder, source, script: scriptFor(fix, testCommand) });
  const addresses = chosen(addressesOf(emulators), wanted);
  if (json) print.jsonLine(JSON.stringify(addresses));
  else print.json(addresses);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await emulators.close();
  rmSync(folder, { recursive: true, force: true });
}

export function emulateCommand(context: Context): Command {
  return new Command('emulate')
    .description('run only the emulators, until you press Ctrl-C; prints their addresses and tokens first')
    .argument('[names...]', `which of ${names.join(', ')}; all if you name none`)
    .option('--json', 'print the addresses on one line')
    .action((wanted: string[], { json = false }: { json?: boolean }, command: Command) =>
      emulate(context, wanted, json, command),
    );
}
