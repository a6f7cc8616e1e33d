/**
 * Runs the repository's tests on an exact commit, in a new sandbox without model and secrets.
 *
 * the commit's files -> the files from the set-up -> `git.testCommand`
 *
 * A failed set-up is not a failed test, which the model would be asked to repair, unless the commit itself makes the set-up
 * fail.
 */
import type { GitConfig } from '../agents/config/git.ts';
import type { Clock } from '../base/clock.ts';
import type { Folders } from '../connections/folders.ts';
import type { Networks } from '../connections/networks.ts';
import { isRefusal, type Refusal } from '../refusal.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { TestOutcome } from '../work-items/work-item.ts';
import { type RepositoryCommand, runRepositoryCommand } from './repository-command.ts';
import type { SetUp } from './set-up.ts';
import type { Workspace } from './workspace.ts';

export interface TestSurroundings {
  readonly sandbox: Sandbox;
  readonly workspace: Pick<Workspace, 'withFiles'>;
  /** Undefined if no command is configured. */
  readonly setUp: SetUp | undefined;
  readonly networks: Pick<Networks, 'tests'>;
  readonly folders?: Pick<Folders, 'repositoryCommands'>;
  readonly clock: Clock;
}

async function runIn(
  { sandbox, setUp, networks, folders, clock }: TestSurroundings,
  command: Pick<RepositoryCommand, 'command' | 'minutesMax'>,
  folder: string,
  sha: string,
): Promise<TestOutcome | Refusal> {
  const fault = await setUp?.into(folder, sha);
  if (fault) return (await setUp?.isOwn(sha)) ? { passed: false, output: fault.why, seconds: 0 } : fault;
  const startedAt = clock.now();
  const asked = { name: 'git.testCommand', ...command, folder };
  const surroundings = { sandbox, openNetwork: networks.tests, showFolders: folders?.repositoryCommands };
  const { ok, output } = await runRepositoryCommand(asked, surroundings);
  return { passed: ok, output, seconds: Math.round((clock.now() - startedAt) / 100) / 10 };
}

/** The result of the tests, or SETUP if they could not start. */
export async function runTests(
  surroundings: TestSurroundings,
  { testCommand, testMinutesMax }: Pick<GitConfig, 'testCommand' | 'testMinutesMax'>,
  sha: string,
): Promise<TestOutcome | Refusal> {
  if (!testCommand) return { passed: true, output: 'git.testCommand is not set: no test was run.', seconds: 0 };
  const command = { command: testCommand, minutesMax: testMinutesMax };
  const outcome = await surroundings.workspace.withFiles(sha, (folder) => runIn(surroundings, command, folder, sha));
  const isOurs = isRefusal(outcome) && outcome.refused !== 'SETUP';
  if (isOurs) return { passed: false, command: testCommand, output: `${outcome.refused}: ${outcome.why}`, seconds: 0 };
  return isRefusal(outcome) ? outcome : { ...outcome, command: testCommand };
}
