/**
 * `jvagent pause` and `jvagent resume`: the kill switch of one agent or of all; it works without a platform and holds over
 * restarts.
 */
import { Command } from 'commander';
import { setPause } from '../../operate/pause.ts';
import type { Context } from '../context.ts';
import { granted } from '../failure.ts';
import { operatorOf } from '../operator-of.ts';

const commandOf = (action: 'pause' | 'resume', description: string) => (context: Context) =>
  new Command(action)
    .description(description)
    .argument('[id]', 'the agent; the whole platform if you name none')
    .action(async (id?: string) => context.print.line(granted(await setPause(await operatorOf(context), action, id))));

export const pauseCommand = commandOf('pause', 'start no new turns and block outgoing changes of running ones');
export const resumeCommand = commandOf('resume', 'end a pause, so that turns start again');
