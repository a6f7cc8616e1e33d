/** `jvagent test`: every test of the product, or the named suites. */
import { join } from 'node:path';
import { Argument, Command, InvalidArgumentError } from 'commander';
import type { Context } from '../../context.ts';
import { CommandFailure } from '../../failure.ts';
import { runSuites, type SuiteName, suiteNames, suitesWithFiles } from '../../test-suites.ts';

const project = join(import.meta.dirname, '../../../..');

interface TestOptions {
  all?: true;
  /** How many seeds the suite `kill` goes through. */
  seeds?: number;
  /** Which of them alone. */
  seed?: number;
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('A whole number from 1 is wanted.');
  return Number(text);
}

async function test({ print }: Context, wanted: readonly SuiteName[], options: TestOptions): Promise<void> {
  const present = suitesWithFiles(project);
  const suites = wanted.length === 0 ? present : present.filter((name) => wanted.includes(name));
  const { passed, failed, skipped, cases, stoppedBy } = await runSuites(project, suites, options);
  if (stoppedBy) throw new CommandFailure(`Stopped by ${stoppedBy}, with the tests unfinished.`);
  const rows = cases.map(({ id, outcome }) => [id, outcome]);
  if (rows.length > 0) print.table(['CASE', 'OUTCOME'], rows);
  print.line(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  if (failed > 0) throw new CommandFailure('');
}

export function testCommand(context: Context): Command {
  return new Command('test')
    .description('every test, or the named suites')
    .addArgument(new Argument('[suite...]', 'all that have tests when none is named').choices(suiteNames))
    .option('--all', 'more seeds and more roads, for hours')
    .option(
      '--seeds <n>',
      'how many seeds of trouble the suite kill goes through (default: 3, with --all 200)',
      positive,
    )
    .option('--seed <n>', 'this seed of the suite kill alone, once more', positive)
    .action((suites: SuiteName[], options: TestOptions) =>
      test(context, options.seed === undefined ? suites : ['kill'], options),
    );
}
