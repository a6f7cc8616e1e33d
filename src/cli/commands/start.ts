/** `jvagent start`: the platform in this process, until SIGTERM or SIGINT. */
import { Command, InvalidArgumentError } from 'commander';
import type { Agent } from '../../agents/agent.ts';
import { systemClock } from '../../base/clock.ts';
import { createLog } from '../../base/log.ts';
import type { Settings } from '../../settings.ts';
import { startSupervisor } from '../../supervisor/supervisor.ts';
import type { Context } from '../context.ts';
import { CommandFailure, granted } from '../failure.ts';

const loopbackHosts = ['127.0.0.1', 'localhost', '[::1]'];

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number up to 65535.');
  return port;
}

/** The addresses of everything that the agent may change. */
function outsideUrls({ config, locations }: Agent): string[] {
  const { devops, git } = config;
  return [devops?.baseUrl, git?.apiUrl, locations.remote, locations.instanceUrl].filter((url) => url !== undefined);
}

/** With emulators allowed, nothing real may be within reach: the mode takes plain http and its tokens are public. */
function mustBeEmulators(agents: readonly Agent[]): void {
  for (const agent of agents) {
    const real = outsideUrls(agent).find((url) => !loopbackHosts.includes(new URL(url).hostname));
    if (real === undefined) continue;
    throw new CommandFailure(`${agent.id}: ${real} is not loopback, and with JVAGENT_ALLOW_LOOPBACK=1 all must be.`);
  }
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
  const sound = context.agents().list();
  if (settings.allowLoopback) mustBeEmulators(sound.flatMap((state) => ('agent' in state ? [state.agent] : [])));
  const supervisor = granted(await startSupervisor({ settings, clock: systemClock, log: createLog('jvagent') }));
  context.print.line(`jvagent is up: ${settings.root}, ${sound.length} agents`);
  await untilStopped();
  await supervisor.stop();
}

export function startCommand(context: Context): Command {
  return new Command('start')
    .description('the platform, until SIGTERM; turns under way are parked')
    .option('--port <n>', 'of the dashboard and the API (default: JVAGENT_PORT, then 7460)', portOf)
    .action(({ port }: { port?: number }) => start(context, port));
}
