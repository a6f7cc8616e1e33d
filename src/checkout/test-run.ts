/**
 * The repository's own tests, run by the host on an exact commit in a fresh sandbox without model or secret.
 *
 * the commit's files -> what the set-up made beside them -> `git.testCommand`
 *
 * A set-up that failed says nothing about the commit, unless it is the commit that makes it fail: it is no failed test, which
 * the model would be asked to repair.
 */
import type { Clock } from '../base/clock.ts';
import type { ShowFolders } from '../connections/folders.ts';
import type { OpenNetwork } from '../connections/networks.ts';
import { isRefusal, type Refusal } from '../refusal.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { TestOutcome } from '../work-items/work-item.ts';
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
  showFolders?: ShowFolders;
  clock: Clock;
}

/** What came of the tests, or SETUP where they could not begin. */
export function createTestRun(options: TestRunOptions): (sha: string) => Promise<TestOutcome | Refusal> {
  const { sandbox, workspace, setUp, testCommand, testMinutesMax, openNetwork, showFolders, clock } = options;

  async function runIn(folder: string, sha: string, command: string): Promise<TestOutcome | Refusal> {
    const fault = await setUp?.into(folder, sha);
    if (fault) return (await setUp?.isOwn(sha)) ? { passed: false, output: fault.why, seconds: 0 } : fault;
    const startedAt = clock.now();
    const asked = { name: 'git.testCommand', command, folder, minutesMax: testMinutesMax };
    const { ok, output } = await runRepositoryCommand(asked, { sandbox, openNetwork, showFolders });
    return { passed: ok, output, seconds: Math.round((clock.now() - startedAt) / 100) / 10 };
  }

  return async (sha) => {
    if (!testCommand) return { passed: true, output: 'git.testCommand is not set: no test was run.', seconds: 0 };
    const outcome = await workspace.withFiles(sha, (folder) => runIn(folder, sha, testCommand));
    const isOurs = isRefusal(outcome) && outcome.refused !== 'SETUP';
    return isOurs ? { passed: false, output: `${outcome.refused}: ${outcome.why}`, seconds: 0 } : outcome;
  };
}
