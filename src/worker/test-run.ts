/**
 * The repository's own tests, run by the host on an exact commit in a fresh sandbox without model or secret.
 *
 * the commit's files -> what the set-up made beside them -> `git.testCommand`
 */
import type { Clock } from '../base/clock.ts';
import { isRefusal } from '../refusal.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { TestOutcome } from '../work-items/work-item.ts';
import type { OpenNetwork } from './networks.ts';
import { runRepositoryCommand } from './repository-command.ts';
import type { SetUp } from './set-up.ts';
import type { Workspace } from './workspace.ts';

export interface TestRunOptions {
  sandbox: Sandbox;
  workspace: Pick<Workspace, 'withFiles'>;
  /** Missing where no command is configured. */
  setUp: SetUp | undefined;
  testCommand: string | undefined;
  testMinutesMax: number;
  openNetwork: OpenNetwork;
  clock: Clock;
}

export function createTestRun(options: TestRunOptions): (sha: string) => Promise<TestOutcome> {
  const { sandbox, workspace, setUp, testCommand, testMinutesMax, openNetwork, clock } = options;

  async function runIn(folder: string, sha: string, command: string): Promise<TestOutcome> {
    const fault = await setUp?.into(folder, sha);
    if (fault !== undefined) return { passed: false, output: fault, seconds: 0 };
    const startedAt = clock.now();
    const asked = { name: 'git.testCommand', command, folder, minutesMax: testMinutesMax };
    const { ok, output } = await runRepositoryCommand(asked, { sandbox, openNetwork });
    return { passed: ok, output, seconds: Math.round((clock.now() - startedAt) / 100) / 10 };
  }

  return async (sha) => {
    if (!testCommand) return { passed: true, output: 'git.testCommand is not set: no test was run.', seconds: 0 };
    const outcome = await workspace.withFiles(sha, (folder) => runIn(folder, sha, testCommand));
    return isRefusal(outcome) ? { passed: false, output: `${outcome.refused}: ${outcome.why}`, seconds: 0 } : outcome;
  };
}
