/** `jvagent release`: ends the hold that a failed deployment put on an agent's instance. */
import { Command } from 'commander';
import { release } from '../../operate/release.ts';
import type { Context } from '../context.ts';
import { granted } from '../failure.ts';
import { operatorOf } from '../operator-of.ts';

export function releaseCommand(context: Context): Command {
  return new Command('release')
    .description("end the hold on an agent's instance, so that it is deployed to again")
    .argument('<id>', 'the agent')
    .action(async (id: string) => context.print.line(granted(await release(await operatorOf(context), id))));
}
