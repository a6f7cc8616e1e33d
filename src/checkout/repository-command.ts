/** Runs a command of the repository (set-up or tests) on its files, in a new sandbox without model and secrets. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ShowFolders } from '../connections/folders.ts';
import type { OpenNetwork } from '../connections/networks.ts';
import { insideHome, insidePath, nodeProgram } from '../sandbox/layout.ts';
import { runSandboxed } from '../sandbox/run-sandboxed.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

export interface RepositoryCommand {
  /** The name of the command, for people. */
  name: string;
  command: string;
  /** The folder with the files; the command may change them. */
  folder: string;
  minutesMax: number;
}

export interface CommandSurroundings {
  sandbox: Sandbox;
  openNetwork: OpenNetwork;
  /** More folders that it may read; none by default. */
  showFolders?: ShowFolders | undefined;
}

export interface CommandEnd {
  ok: boolean;
  /** The end of its output, the folders that were not shown, and the limit that ended it, if one did. */
  output: string;
}

const treeInside = '/tree';
const outputBytesMax = 16 << 10;

const environment = { PATH: insidePath, HOME: insideHome, LANG: 'C.UTF-8', CI: 'true' };

export async function runRepositoryCommand(
  { name, command, folder, minutesMax }: RepositoryCommand,
  { sandbox, openNetwork, showFolders }: CommandSurroundings,
): Promise<CommandEnd> {
  rmSync(join(folder, '.git'), { recursive: true, force: true });
  await sandbox.own(folder);
  const { shown, warnings } = (await showFolders?.()) ?? { shown: [], warnings: [] };
  const network = await openNetwork();
  try {
    const spec = network.through({
      program: '/bin/sh',
      args: ['-c', command],
      env: environment,
      cwd: treeInside,
      mounts: [
        { source: folder, target: treeInside, writable: true },
        nodeProgram(),
        ...shown.map(({ mount }) => mount),
      ],
    });
    const ran = await runSandboxed(sandbox, spec, { timeoutMs: minutesMax * 60_000, outputBytesMax });
    const remarks = [
      ...warnings,
      ...(ran.timedOut ? [`${name} did not end within ${minutesMax} minutes.`] : []),
      ...(ran.overLimit ? [`${name} was ended: ${ran.overLimit}.`] : []),
    ];
    return { ok: ran.code === 0 && !ran.timedOut, output: [ran.output.trim(), ...remarks].join('\n').trim() };
  } finally {
    await network.close();
  }
}
