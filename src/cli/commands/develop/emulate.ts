/** `jvagent emulate`: the emulators alone, until they are stopped, and a workspace that works against them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { demoFix, demoSource, scriptFor } from '../../../../emulators/demo-repository/model-script.ts';
import { writeTryRepository } from '../../../../emulators/demo-repository/try-repository.ts';
import { createEngineer } from '../../../../emulators/engineer.ts';
import { addressesOf, type Emulators, startEmulators } from '../../../../emulators/start.ts';
import { customerOf, projectOf, tenantNames } from '../../../../emulators/tenants.ts';
import type { Context } from '../../context.ts';
import { findTryWorkspace, type TryWorkspace, writeTryWorkspace } from '../../demo/try-workspace.ts';
import { granted } from '../../failure.ts';
import type { Print } from '../../print.ts';

interface Flags {
  workspace?: string;
  json?: boolean;
}

const names = ['azureDevOps', 'github', 'instance', 'slack', 'anthropic', 'control'] as const;

const testCommand = 'npm test';

type Addresses = ReturnType<typeof addressesOf>;

/** Those that were asked for; what everything needs is always there. */
function chosen(all: Addresses, wanted: readonly string[]): Partial<Addresses> {
  if (wanted.length === 0) return all;
  return Object.fromEntries(Object.entries(all).filter(([name]) => name === 'control' || wanted.includes(name)));
}

const boardOf = ({ urls }: Emulators, tenant: (typeof tenantNames)[number]) =>
  `${urls.azureDevOps}/${tenant}/${projectOf(tenant)}/_boards`;

/** With a workspace the repositories' tests pass, and each board has a work item; without one, it is the demo's world. */
async function startWorld(folder: string, workspace: TryWorkspace | undefined): Promise<Emulators> {
  const code = join(folder, 'code');
  if (!workspace)
    return startEmulators({ folder: code, source: demoSource, script: scriptFor(demoFix(), testCommand) });
  const { source, script, items } = writeTryRepository(folder, testCommand);
  const emulators = await startEmulators({ folder: code, source, script, ports: workspace.ports ?? {} });
  let isReady = false;
  try {
    writeTryWorkspace(workspace, emulators, testCommand);
    for (const tenant of tenantNames) await createEngineer(emulators, tenant).file(items[tenant]);
    isReady = true;
    return emulators;
  } finally {
    // Emulators that listen would keep the command from ending with its error.
    if (!isReady) await emulators.close();
  }
}

/** The path as a person would write it here. */
function shortPath(root: string): string {
  const here = relative(process.cwd(), root);
  return here === '' ? '.' : here.startsWith('..') ? root : here;
}

function sayWorkspace({ line, table }: Print, emulators: Emulators, { root, ports }: TryWorkspace): void {
  line(ports ? `The workspace ${root} has new tokens.` : `The workspace ${root} is written.`);
  if (ports)
    line('The emulators start from nothing: earlier work items are gone, and what the platform knew of them too.');
  line('\nOpen these pages in a browser:\n');
  const { urls, tenants } = emulators;
  const pages = tenantNames.flatMap((tenant) => [
    [`Board of ${customerOf(tenant)}`, boardOf(emulators, tenant)],
    [`Pull requests of ${customerOf(tenant)}`, `${urls.github}/${tenants[tenant].repository}/pulls`],
    [`Instance of ${customerOf(tenant)}`, `${tenants[tenant].instanceUrl}/`],
  ]);
  pages.push(['Slack, with everybody', `${urls.slack}/`]);
  table(['PAGE', 'ADDRESS'], pages);
  line('\nThen start the platform in another terminal:\n');
  line(`  ./jvagent start --root ${shortPath(root)}`);
  line('\nIts dashboard, with a login, while it runs:\n');
  line(`  ./jvagent open --root ${shortPath(root)}`);
  line('\nPress Ctrl-C here to stop the emulators. They forget everything then.');
}

async function emulate({ print }: Context, wanted: string[], flags: Flags, command: Command): Promise<void> {
  const { workspace: dir, json = false } = flags;
  const unknown = wanted.find((name) => !names.some((known) => known === name));
  if (unknown) command.error(`There is no emulator ${unknown}. Use ${names.join(', ')}.`, { exitCode: 2 });
  const workspace = dir === undefined ? undefined : granted(findTryWorkspace(resolve(dir)));
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  const folder = mkdtempSync(join(tmpdir(), 'jvagent-emulators-'));
  try {
    const emulators = await startWorld(folder, workspace);
    try {
      const addresses = chosen(addressesOf(emulators), wanted);
      if (json) print.jsonLine(JSON.stringify(workspace ? { ...addresses, workspace: workspace.root } : addresses));
      else if (workspace) sayWorkspace(print, emulators, workspace);
      else print.json(addresses);
      await stopped;
    } finally {
      await emulators.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function emulateCommand(context: Context): Command {
  return new Command('emulate')
    .description('run only the emulators, until you press Ctrl-C; prints their addresses and tokens first')
    .argument('[names...]', `which of ${names.join(', ')}; all if you name none`)
    .option('--workspace <dir>', 'also write a workspace that works against them; start it with `jvagent start`')
    .option('--json', 'print the addresses on one line')
    .action((wanted: string[], flags: Flags, command: Command) => emulate(context, wanted, flags, command));
}
