/**
 * The command line: arguments to one command, its outcome to an exit code.
 *
 * 0 done, 1 refused or failed with its reason on stderr, 2 wrong usage.
 */
import { Command, CommanderError } from 'commander';
import about from '../../package.json' with { type: 'json' };
import { messageOf, OutsideError } from '../base/errors.ts';
import { awayText, isAway } from '../store/database/postgres.ts';
import { agentCommand } from './commands/agent/agent.ts';
import { auditCommand } from './commands/audit.ts';
import { messagesCommand } from './commands/conversations/messages.ts';
import { confirmCommand, declineCommand, proposalsCommand } from './commands/conversations/proposals.ts';
import { costsCommand } from './commands/costs.ts';
import { benchCommand } from './commands/develop/bench.ts';
import { demoCommand } from './commands/develop/demo.ts';
import { emulateCommand } from './commands/develop/emulate.ts';
import { testCommand } from './commands/develop/test.ts';
import { doctorCommand } from './commands/doctor.ts';
import { explainCommand } from './commands/explain.ts';
import { heartbeatCommand } from './commands/heartbeat.ts';
import { initCommand } from './commands/init.ts';
import { logsCommand } from './commands/logs.ts';
import { memoryCommand } from './commands/memory.ts';
import { openCommand } from './commands/open.ts';
import { pauseCommand, resumeCommand } from './commands/pause.ts';
import { releaseCommand } from './commands/release.ts';
import { sendCommand } from './commands/send.ts';
import { sessionsCommand } from './commands/sessions.ts';
import { showCommand } from './commands/show.ts';
import { startCommand } from './commands/start.ts';
import { statusCommand } from './commands/status.ts';
import { trustCommand } from './commands/trust.ts';
import { backupCommand, restoreCommand } from './commands/upkeep/backup.ts';
import { supportCommand } from './commands/upkeep/support.ts';
import { cancelCommand, retryCommand, rollbackCommand } from './commands/work-item.ts';
import { type Context, createContext } from './context.ts';
import { CommandFailure } from './failure.ts';
import { noteRefused } from './note-audit.ts';
import { createPrint, type Streams } from './print.ts';

/** In the order of the help, which is the order in which a newcomer needs them. */
const commands: readonly ((context: Context) => Command)[] = [
  demoCommand,
  testCommand,
  initCommand,
  agentCommand,
  doctorCommand,
  startCommand,
  statusCommand,
  sessionsCommand,
  showCommand,
  logsCommand,
  explainCommand,
  openCommand,
  heartbeatCommand,
  sendCommand,
  messagesCommand,
  pauseCommand,
  resumeCommand,
  cancelCommand,
  retryCommand,
  rollbackCommand,
  releaseCommand,
  proposalsCommand,
  confirmCommand,
  declineCommand,
  trustCommand,
  auditCommand,
  memoryCommand,
  costsCommand,
  backupCommand,
  restoreCommand,
  supportCommand,
  emulateCommand,
  benchCommand,
];

/** They make their own workspace, or need none; `doctor` says itself that the state cannot be opened. */
const withoutState: ReadonlySet<string> = new Set(['demo', 'test', 'init', 'emulate', 'bench', 'doctor']);

/** The command that stands first on the line. */
function topOf(command: Command): Command {
  return command.parent?.parent ? topOf(command.parent) : command;
}

/** The message of an expected failure: our own, another system's, or the operating system's. Undefined for a bug. */
function plainReason(error: unknown): string | undefined {
  if (error instanceof CommandFailure) return error.message;
  if (error instanceof OutsideError) return [error.message, error.facts.fix].filter(Boolean).join('. ');
  if (isAway(error)) return awayText(error);
  const isSystems = error instanceof Error && 'syscall' in error;
  return isSystems ? error.message : undefined;
}

/** Gives a command and its subcommands the settings of the program, and names its own help after a wrong usage. */
function adopt(parent: Command, child: Command, path = ''): void {
  const name = `${path}${child.name()}`;
  child.copyInheritedSettings(parent).showHelpAfterError(`Run \`jvagent ${name} --help\` to see how to use it.`);
  for (const inner of child.commands) adopt(child, inner, `${name} `);
}

interface Program {
  program: Command;
  context: Context;
  /** The command that is carried out, once its arguments are sound. */
  command(): Command | undefined;
}

function createProgram(streams: Streams, isQuiet: boolean): Program {
  const program = new Command('jvagent');
  let begun: Command | undefined;
  const root = () => program.opts<{ root?: string }>().root;
  const context = createContext({ print: createPrint({ ...streams, isQuiet }), ask: streams.ask, root });
  program
    .description(about.description)
    .version(about.version)
    .option('--root <dir>', 'the workspace (default: JVAGENT_ROOT, then the current folder)')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: streams.out, writeErr: streams.err })
    .showHelpAfterError('Run `jvagent --help` to see all commands.')
    .exitOverride()
    .hook('preAction', async (_, own) => {
      begun = own;
      if (!withoutState.has(topOf(own).name())) await context.prepare();
    });
  for (const create of commands) {
    const command = create(context);
    adopt(program, command);
    program.addCommand(command);
  }
  return { program, context, command: () => begun };
}

/** Makes a refused command an entry of the audit log; the person is told where that cannot be done. */
async function note({ context, command }: Program, error: unknown): Promise<void> {
  const own = command();
  if (!own || !(error instanceof CommandFailure)) return;
  await noteRefused(context, own, error).catch((fault: unknown) => {
    context.print.note(`The audit log could not be written: ${messageOf(fault)}`);
  });
}

function exitCodeOf(error: unknown, streams: Streams): number {
  if (error instanceof CommanderError) {
    // Commander has printed its own message. Its own errors are wrong usage.
    const isOurs = error.code === 'commander.error' || error.exitCode === 0;
    return isOurs ? error.exitCode : 2;
  }
  const reason = plainReason(error);
  if (reason === undefined) throw error;
  if (reason !== '') createPrint(streams).note(reason);
  return 1;
}

/** Carries out one command line, without the program's name; resolves with the exit code when the command has ended. */
export async function runCommandLine(args: readonly string[], streams: Streams): Promise<number> {
  const started = createProgram(streams, args.includes('--json'));
  const { program, context } = started;
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    await note(started, error);
    return exitCodeOf(error, streams);
  } finally {
    await context.close();
  }
}
