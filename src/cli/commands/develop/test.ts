/** `jvagent test`: every test of the product, or the named suites. */
import { join } from 'node:path';
import { Argument, Command, InvalidArgumentError } from 'commander';
import type { Context } from '../../context.ts';
import { CommandFailure } from '../../failure.ts';
import { type LiveOptions, runLiveKit } from '../../live-tests.ts';
import { runSuites, type SuiteName, suiteNames, suitesWithFiles } from '../../test-suites.ts';

const project = join(import.meta.dirname, '../../../..');

interface TestOptions {
  all?: true;
  /** How many seeds the suites `kill` and `claims` go through. */
  seeds?: number;
  /** Which of them alone. */
  seed?: number;
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Use a whole number from 1.');
  return Number(text);
}

/** The suite that a seed is of. */
const seeded = (suites: readonly SuiteName[]): SuiteName => (suites.includes('claims') ? 'claims' : 'kill');

async function test({ print }: Context, wanted: readonly SuiteName[], options: TestOptions): Promise<void> {
  const present = suitesWithFiles(project);
  if (present.length === 0)
    throw new CommandFailure('An installed package has no tests. Run `./jvagent test` in a clone of the repository.');
  const suites = wanted.length === 0 ? present : present.filter((name) => wanted.includes(name));
  const { passed, failed, skipped, cases, stoppedBy } = await runSuites(project, suites, options);
  if (stoppedBy) throw new CommandFailure(`Stopped by ${stoppedBy} before the tests were finished.`);
  const rows = cases.map(({ id, outcome }) => [id, outcome]);
  if (rows.length > 0) print.table(['CASE', 'OUTCOME'], rows);
  print.line(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  if (failed > 0) throw new CommandFailure('');
}

async function live(options: LiveOptions): Promise<void> {
  const code = await runLiveKit(project, options);
  if (code === undefined)
    throw new CommandFailure('This jvagent came without its tests. Run it from a clone of its repository.');
  // The kit has said why.
  if (code !== 0) throw new CommandFailure('');
}

function liveCommand(): Command {
  return new Command('live')
    .description('try in an empty project of yours what jvagent assumes of Azure DevOps and the other systems')
    .option('--settings <file>', 'the private file that names your systems, see docs/live.md', 'live.env')
    .option('--yes-i-mean <name>', 'the name of the project, where nobody can type it')
    .option('--json', 'print one JSON document')
    .action((options: LiveOptions) => live(options));
}

export function testCommand(context: Context): Command {
  return new Command('test')
    .description('run all tests, or the named suites')
    .addArgument(new Argument('[suite...]', 'which suites to run; all if you name none').choices(suiteNames))
    .option('--all', 'try more seeds and more paths; this takes hours')
    .option(
      '--seeds <n>',
      'how many seeds of random failures the suites `kill` and `claims` try (default: 3 and 7, or 200 with --all)',
      positive,
    )
    .option('--seed <n>', 'try only this seed of the suite `kill`, or of `claims` if you name it', positive)
    .action((suites: SuiteName[], options: TestOptions) =>
      test(context, options.seed === undefined ? suites : [seeded(suites)], options),
    )
    .addCommand(liveCommand());
}
