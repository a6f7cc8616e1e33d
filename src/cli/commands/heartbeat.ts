/** `jvagent heartbeat`: lets an agent look at its board now instead of when its schedule says so. */
import { Command } from 'commander';
import type { Context } from '../context.ts';
import { publish } from '../publish.ts';

export function heartbeatCommand(context: Context): Command {
  return new Command('heartbeat')
    .description("poll the agent's board now")
    .argument('<id>', 'the agent')
    .action(async (id: string) => {
      context.agent(id);
      await publish(context, { to: `agent/${id}`, command: 'heartbeat' });
      context.print.line(`${id} looks at its board at once, or when the platform starts.`);
    });
}
