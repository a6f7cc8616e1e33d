/** Runs the repository's own tests on exact commits of the demo's bare repository, in the sandbox, for the demo's last line. */
import { join } from 'node:path';
import type { TenantPlace } from '../../../emulators/start.ts';
import { systemClock } from '../../base/clock.ts';
import { runTests } from '../../checkout/test-run.ts';
import { createWorkspace } from '../../checkout/workspace.ts';
import { openRepository } from '../../git/repository.ts';
import { limits } from '../../limits.ts';
import { isRefusal } from '../../refusal.ts';
import { noNetwork } from '../../sandbox/network.ts';
import { createSandbox } from '../../sandbox/sandbox.ts';

export interface CheckOptions {
  folder: string;
  place: TenantPlace;
  targetBranch: string;
  testCommand: string | undefined;
  sandboxUid: number;
}

/** `passed` or `failed` for each commit; `none` if the repository has no test command. */
export async function testCommits(options: CheckOptions, shas: readonly string[]): Promise<string[]> {
  const { folder, place, targetBranch, testCommand, sandboxUid } = options;
  if (!testCommand) return shas.map(() => 'none');
  const repository = await openRepository({
    folder: join(folder, 'check'),
    remote: { url: place.remote, token: place.secrets.gitTokens.engineer },
    targetBranch,
    branchPrefix: 'demo-check-',
    allowLoopback: true,
  });
  if (isRefusal(repository)) throw new Error(repository.why);
  await repository.fetch();
  const { sandboxProcessesMax: processesMax, sandboxMemoryMb: memoryMb } = limits;
  const sandbox = createSandbox({ sandboxUid, processesMax, memoryMb });
  const ownerUid = process.getuid?.() === 0 ? sandbox.uid : undefined;
  const stateFolder = join(folder, 'check');
  const workspace = createWorkspace({ agentId: 'demo', stateFolder, runFolder: stateFolder, repository, ownerUid });
  const networks = { tests: async () => noNetwork };
  const surroundings = { sandbox, workspace, setUp: undefined, networks, clock: systemClock };
  const outcomes: string[] = [];
  for (const sha of shas) {
    const outcome = await runTests(surroundings, { testCommand, testMinutesMax: 5 }, sha);
    outcomes.push(!isRefusal(outcome) && outcome.passed ? 'passed' : 'failed');
  }
  return outcomes;
}
