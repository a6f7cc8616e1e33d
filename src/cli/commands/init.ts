/** `jvagent init`: makes a folder a workspace; with its first agent if a person answers questions or gives flags. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { parseAgentId } from '../../agents/agent-id.ts';
import { checkAgents } from '../../agents/check.ts';
import { known } from '../../base/known.ts';
import { openOutbound } from '../../outbound/outbound.ts';
import { refuse } from '../../refusal.ts';
import { readPrivateEnv, readSettings } from '../../settings.ts';
import { type Context, createContext } from '../context.ts';
import { printFindings } from '../doctor/print-findings.ts';
import { CommandFailure, failureOf, granted } from '../failure.ts';
import { type Answers, draftOptionsOf, isEmulated } from '../setup/answers.ts';
import { boardAddressOf } from '../setup/board-address.ts';
import { draftAgent, type Setting } from '../setup/draft.ts';
import { interview } from '../setup/interview.ts';
import { rootOption } from '../setup/root-option.ts';
import { writeSchema } from '../setup/schema-file.ts';
import { settingOf } from '../setup/setting-flag.ts';
import { faultsOf, lookOver } from '../setup/trial.ts';
import { workspaceFiles } from '../setup/workspace-files.ts';
import { writeNew } from '../setup/write-new.ts';
import { faultLines } from './agent/fault-lines.ts';
import { agentFindings, modelCallsOf } from './doctor.ts';

interface InitFlags {
  agent?: string;
  organization?: string;
  project?: string;
  approver?: string[];
  repository?: string;
  branch?: string;
  branchPrefix?: string;
  testCommand?: string;
  instanceUrl?: string;
  instanceName?: string;
  secrets?: string;
  set?: Setting[];
}

const modelKeyName = 'ANTHROPIC_API_KEY';

/** Tokens by name. They come from a private file, because other users see the arguments of a command. */
function secretsIn(file: string | undefined): Record<string, string> {
  if (file === undefined) return {};
  const read = readPrivateEnv(file);
  if ('values' in read) return Object.fromEntries(Object.entries(read.values).filter(([, value]) => value !== ''));
  const why = { missing: 'does not exist', mode: 'can be read by others' } as Record<string, string>;
  throw failureOf(
    refuse(
      'SECRETS_MODE',
      `${file} ${why[read.fault] ?? `cannot be used (${read.fault})`}`,
      `Give a regular file of your own, and run \`chmod 600 ${file}\`.`,
    ),
  );
}

/** The answers that the flags give; everything else stays as the template has it. */
function answersOf(id: string, flags: InitFlags): Answers {
  const { organization, project, instanceUrl: url, repository: remote, approver: approvers } = flags;
  const address = organization === undefined ? undefined : granted(boardAddressOf(organization));
  const { [modelKeyName]: modelKey, ...secrets } = secretsIn(flags.secrets);
  const name = flags.instanceName ?? id.split('/').at(-1) ?? id;
  return {
    id,
    secrets,
    ...known({
      board: address && known({ organization: address.organization, baseUrl: address.baseUrl }),
      project: project ?? address?.project,
      approvers,
      repository: remote === undefined ? undefined : { remote },
      customerBranch: flags.branch,
      branchPrefix: flags.branchPrefix,
      testCommand: flags.testCommand,
      instance: url === undefined ? undefined : { url, name },
      modelKey,
    }),
  };
}

/** Writes everything at once, or nothing. */
function write(root: string, answers: Answers | undefined, settings: readonly Setting[] = []): readonly string[] {
  const more = answers && { modelKey: answers.modelKey, isEmulated: isEmulated(answers) };
  const ofWorkspace = granted(workspaceFiles({ root, ...more }));
  const draft = answers && granted(draftAgent({ ...draftOptionsOf(answers, root), settings }));
  const files = [...ofWorkspace, ...(draft?.files ?? [])];
  writeNew(root, files);
  writeSchema(root);
  return files.map(({ path }) => path);
}

/** What `doctor` says of the new agent; whether nothing fails. */
async function examine({ print }: Context, root: string, id: string): Promise<boolean> {
  const context = createContext({ print, root: () => root });
  try {
    const findings = await agentFindings(context, id, { callModel: modelCallsOf(context) });
    printFindings(print, findings);
    return findings.every(({ status }) => status !== 'fail');
  } finally {
    await context.close();
  }
}

async function byQuestions(context: Context, root: string, ask: NonNullable<Context['ask']>): Promise<void> {
  const { print } = context;
  const environment = granted(readSettings({ root }));
  const hasModelKey = environment.anthropicApiKey !== undefined;
  const look = lookOver(openOutbound(environment.outbound));
  const answers = await interview({ ask: await ask(), look }, { root, hasModelKey });
  const written = write(root, answers);
  print.line(`Created a workspace in ${root}: ${written.join(', ')}`);
  const isSound = await examine(context, root, answers.id);
  const option = rootOption(root);
  print.line(
    isSound
      ? `Next: jvagent start${option}`
      : `Next: fix what fails in ${answers.id}/jvAgent.json and ${answers.id}/secrets.env, then run jvagent doctor ${answers.id}${option}`,
  );
}

function byFlags({ print }: Context, root: string, flags: InitFlags, command: Command): void {
  const { agent, set } = flags;
  const option = rootOption(root);
  if (agent === undefined) {
    if (Object.keys(flags).length > 0) command.error('Name the agent with --agent ID.', { exitCode: 2 });
    write(root, undefined);
    print.line(`Created a workspace in ${root}. Its tokens are in .env.`);
    print.line(`Next: jvagent agent add codechange/acme${option}`);
    return;
  }
  const id = granted(parseAgentId(agent));
  const answers = answersOf(id, flags);
  const faults = faultsOf(answers, set);
  if (faults.length > 0) {
    const lines = faults.map(({ path, message, fix }) => `${path ? `${path}: ` : ''}${message}\n    ${fix}`);
    throw new CommandFailure([...lines, 'Nothing was written.'].join('\n'), 'CONFIG_INVALID');
  }
  const written = write(root, answers, set);
  const warnings = checkAgents(root, { id }).filter(({ level }) => level === 'warning');
  for (const line of faultLines(warnings)) print.line(line);
  print.line(`Created a workspace in ${root}: ${written.join(', ')}`);
  print.line(`Next: jvagent doctor ${id}${option}, which says what is still missing in ${id}/secrets.env`);
}

async function init(context: Context, dir: string, flags: InitFlags, command: Command): Promise<void> {
  const root = resolve(dir);
  if (existsSync(join(root, '.env')))
    throw new CommandFailure(`${root} is already a workspace: it has a .env file. Use \`jvagent agent add\` there.`);
  if (context.ask && Object.keys(flags).length === 0) await byQuestions(context, root, context.ask);
  else byFlags(context, root, flags, command);
}

export function initCommand(context: Context): Command {
  return new Command('init')
    .description('create a workspace; on a terminal with its first agent, by questions, unless you give flags')
    .argument('<dir>', 'the folder; created if it does not exist')
    .option('--agent <id>', 'create this agent too, such as codechange/acme')
    .option('--organization <name>', 'its Azure DevOps organization, or the address of its board')
    .option('--project <name>', 'its project')
    .option('--approver <mail>', 'who may approve its plans; can be repeated', (mail, all: string[] = []) => [
      ...all,
      mail,
    ])
    .option('--repository <url>', 'its repository')
    .option('--branch <name>', "the customer's branch")
    .option('--branch-prefix <text>', "how the agent's branches begin")
    .option('--test-command <command>', 'what runs the tests; empty if there are none')
    .option('--instance-url <url>', "the customer's instance, which merges are deployed to")
    .option('--instance-name <name>', 'what the instance calls itself')
    .option(
      '--secrets <file>',
      'a private file with NAME=value lines: AZDO_PAT, GIT_TOKEN, INSTANCE_API_TOKEN, ANTHROPIC_API_KEY',
    )
    .option('--set <path=value>', 'set one more value of its jvAgent.json; can be repeated', settingOf)
    .action((dir: string, flags: InitFlags, command: Command) => init(context, dir, flags, command));
}
