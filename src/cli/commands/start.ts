/** `jvagent start`: the platform in this process, until SIGTERM or SIGINT. */
import { Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../../base/clock.ts';
import { createLog } from '../../base/log.ts';
import type { Settings } from '../../settings.ts';
import { startSupervisor } from '../../supervisor/supervisor.ts';
import type { Context } from '../context.ts';
import { granted } from '../failure.ts';

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number up to 65535.');
  return port;
}

async function untilStopped(): Promise<void> {
  // Listening once lets a second signal end a stop that hangs.
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

async function start(context: Context, port: number | undefined): Promise<void> {
  const given = context.settings();
  const settings: Settings = port === undefined ? given : { ...given, port };
  const supervisor = granted(await startSupervisor({ settings, clock: systemClock, log: createLog('jvagent') }));
  context.print.line(`jvagent is up: ${settings.root}, ${supervisor.agents.list().length} agents`);
  await untilStopped();
  await supervisor.stop();
}

export function startCommand(context: Context): Command {
  return new Command('start')
    .description('run the platform until SIGTERM; running turns are parked')
    .option('--port <n>', 'of the dashboard and the API (default: JVAGENT_PORT, then 7460)', portOf)
    .action(({ port }: { port?: number }) => start(context, port));
}
