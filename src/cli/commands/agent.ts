/** `jvagent agent`: lists, checks and adds the agents of a workspace. */
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import type { AgentState } from '../../agents/agent-store.ts';
import { type AgentFault, checkAgents } from '../../agents/check.ts';
import type { Context } from '../context.ts';
import { CommandFailure, granted } from '../failure.ts';
import type { Print } from '../print.ts';
import { type Setting, scaffoldAgent } from '../scaffold.ts';

function summaryOf(state: AgentState) {
  const { id } = state;
  if ('refusal' in state) return { id, sound: false, code: state.refusal.refused, why: state.refusal.why };
  const { name, description } = state.agent.config;
  return { id, sound: true, name, description, digest: state.agent.digest };
}

function list({ print, agents }: Context, json: boolean): void {
  const summaries = agents().list().map(summaryOf);
  const rows = summaries.map(({ id, name, code, why }) => [id, code ? 'disabled' : 'sound', name ?? '', why ?? '']);
  if (json) print.json(summaries);
  else print.table(['AGENT', 'STATE', 'NAME', 'WHY'], rows);
}

function printFaults(print: Print, faults: readonly AgentFault[]): void {
  for (const { code, file, line, path, message, fix, level } of faults) {
    const place = `${level === 'warning' ? 'warning: ' : ''}${file}${line === undefined ? '' : `:${line}`}`;
    print.line(`${place} ${path ? `${path}: ` : ''}${message} (${code})`);
    print.line(`    ${fix}`);
  }
}

function check({ print, settings }: Context, id: string | undefined, json: boolean): void {
  const { root, allowLoopback } = settings();
  const found = checkAgents(root, { id, allowLoopback });
  if (json) print.json(found);
  else printFaults(print, found);
  const faults = found.filter(({ level }) => level === 'fault');
  if (faults.length > 0) throw new CommandFailure(`${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}`);
  if (!json) print.line('No faults.');
}

/** `git.branchPrefix=feature/x-`: the value is read as JSON if it is JSON, else as text. */
function settingOf(text: string, before: readonly Setting[] = []): Setting[] {
  const [, path, value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (path === undefined) throw new InvalidArgumentError('Use path=value, such as devops.project=Shop.');
  const names = path.split('.');
  if (names.some((name) => name === '' || name === '__proto__'))
    throw new InvalidArgumentError('The part before `=` is not a path such as devops.project.');
  try {
    return [...before, { path: names, value: JSON.parse(value) }];
  } catch {
    return [...before, { path: names, value }];
  }
}

function fieldsIn(file: string): Record<string, unknown> {
  try {
    const fields: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof fields === 'object' && fields !== null && !Array.isArray(fields)) return { ...fields };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new InvalidArgumentError(`${file} must contain one JSON object.`);
}

interface AddFlags {
  template: string;
  set?: Setting[];
  from?: Record<string, unknown>;
}

function add({ print, settings }: Context, id: string, { template, set = [], from = {} }: AddFlags): void {
  const { root } = settings();
  const files = granted(scaffoldAgent({ root, id, template, over: from, settings: set }));
  for (const file of files) print.line(`Wrote ${file}`);
  printFaults(
    print,
    checkAgents(root, { id }).filter(({ level }) => level === 'fault'),
  );
  print.line(
    `Next: copy ${id}/secrets.env.example to ${id}/secrets.env, fill it in, and run \`jvagent agent check ${id}\`.`,
  );
}

export function agentCommand(context: Context): Command {
  const agent = new Command('agent').description('list, check and add the agents of the workspace');
  agent
    .command('list')
    .description('list all agents, and say which ones have faults that disable them')
    .option('--json', 'print one JSON document')
    .action(({ json = false }) => list(context, json));
  agent
    .command('check')
    .description('list the faults in the files of one agent or all, with file and line')
    .argument('[id]', 'the agent; all agents if you name none')
    .option('--json', 'print one JSON document')
    .action((id: string | undefined, { json = false }) => check(context, id, json));
  agent
    .command('add')
    .description('create the files of a new agent')
    .argument('<id>', 'such as codechange/acme')
    .option('--template <name>', 'which folder of templates/ to start from', 'agent')
    .option('--set <path=value>', 'set one value of jvAgent.json, as JSON or text; can be repeated', settingOf)
    .option('--from <file>', 'take fields of jvAgent.json from a JSON file', fieldsIn)
    .action((id: string, flags: AddFlags) => add(context, id, flags));
  return agent;
}
