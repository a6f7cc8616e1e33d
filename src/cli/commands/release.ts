/** `jvagent release`: ends the hold that a failed deployment put on an agent's instance. */
import { Command } from 'commander';
import type { Context } from '../context.ts';
import { noteAudit } from '../note-audit.ts';
import { wakeWaiting } from '../wake-waiting.ts';

async function release(context: Context, id: string): Promise<void> {
  const agent = context.agent(id);
  const store = await context.store();
  const { agents } = store;
  const { hold } = await agents.get(id);
  if (!hold) {
    context.print.line(`The instance of ${id} is not on hold.`);
    return;
  }
  await agents.set(id, { hold: null });
  await wakeWaiting(store, id, ({ item }) => item?.phase === 'deploying');
  await noteAudit(context, [agent], 'release');
  context.print.line(`${id} deploys to its instance again. It was on hold because: ${hold.why}`);
}

export function releaseCommand(context: Context): Command {
  return new Command('release')
    .description("end the hold on an agent's instance, so that it is deployed to again")
    .argument('<id>', 'the agent')
    .action((id: string) => release(context, id));
}
