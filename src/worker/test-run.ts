/** The repository's own tests, run by the host on an exact commit in a fresh sandbox without model, network or secret. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { isRefusal } from '../refusal.ts';
import { runSandboxed } from '../sandbox/run-sandboxed.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { TestOutcome } from '../work-items/work-item.ts';
import type { Workspace } from './workspace.ts';

export interface TestRunOptions {
  sandbox: Sandbox;
  workspace: Pick<Workspace, 'withFiles'>;
  setupCommand: string | undefined;
  testCommand: string | undefined;
  testMinutesMax: number;
  clock: Clock;
}

const treeInside = '/tree';
const outputBytesMax = 16 << 10;

/** Node itself is shown inside, behind the machine's own programs, so that a repository's tests find one. */
const nodeInside = '/opt/node/node';
const environment = {
  PATH: '/usr/local/bin:/usr/bin:/bin:/opt/node',
  HOME: '/home/agent',
  LANG: 'C.UTF-8',
  CI: 'true',
};

export function createTestRun(options: TestRunOptions): (sha: string) => Promise<TestOutcome> {
  const { sandbox, workspace, setupCommand, testCommand, testMinutesMax, clock } = options;

  async function runIn(folder: string, command: string): Promise<TestOutcome> {
    rmSync(join(folder, '.git'), { recursive: true, force: true });
    await sandbox.own(folder);
    const startedAt = clock.now();
    const ran = await runSandboxed(
      sandbox,
      {
        program: '/bin/sh',
        args: ['-c', command],
        env: environment,
        cwd: treeInside,
        mounts: [
          { source: folder, target: treeInside, writable: true },
          { source: process.execPath, target: nodeInside },
        ],
      },
      { timeoutMs: testMinutesMax * 60_000, outputBytesMax },
    );
    const ended = ran.timedOut ? `\nThe tests did not end within ${testMinutesMax} minutes.` : '';
    const over = ran.overLimit ? `\n${ran.overLimit}` : '';
    const seconds = Math.round((clock.now() - startedAt) / 100) / 10;
    return { passed: ran.code === 0 && !ran.timedOut, output: `${ran.output}${ended}${over}`.trim(), seconds };
  }

  return async (sha) => {
    if (!testCommand) return { passed: true, output: 'git.testCommand is not set: no test was run.', seconds: 0 };
    const command = setupCommand ? `{ ${setupCommand}\n} && { ${testCommand}\n}` : testCommand;
    const outcome = await workspace.withFiles(sha, (folder) => runIn(folder, command));
    return isRefusal(outcome) ? { passed: false, output: `${outcome.refused}: ${outcome.why}`, seconds: 0 } : outcome;
  };
}
