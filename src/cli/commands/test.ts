/** `jvagent test`: every test of the product, or the named suites. */
import { join } from 'node:path';
import { Argument, Command } from 'commander';
import type { Context } from '../context.ts';
import { CommandFailure } from '../failure.ts';
import { runSuites, type SuiteName, suiteNames, suitesWithFiles } from '../test-suites.ts';

const project = join(import.meta.dirname, '../../..');

async function test({ print }: Context, wanted: readonly SuiteName[]): Promise<void> {
  const present = suitesWithFiles(project);
  const suites = wanted.length === 0 ? present : present.filter((name) => wanted.includes(name));
  const { passed, failed, skipped, cases } = await runSuites(project, suites, { whole: wanted.length > 0 });
  const rows = cases.map(({ id, outcome }) => [id, outcome]);
  if (rows.length > 0) print.table(['CASE', 'OUTCOME'], rows);
  print.line(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  if (failed > 0) throw new CommandFailure();
}

export function testCommand(context: Context): Command {
  return new Command('test')
    .description('every test, or the named suites')
    .addArgument(new Argument('[suite...]', 'all that have tests when none is named').choices(suiteNames))
    .action((suites: SuiteName[]) => test(context, suites));
}
