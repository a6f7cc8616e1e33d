/** `jvagent agent add`: makes one agent from a template, or many from a list; an agent with a fault is not written at all. */
import { existsSync, readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import type { AgentFault } from '../../../agents/check.ts';
import { isRefusal, type Refusal } from '../../../refusal.ts';
import type { Context } from '../../context.ts';
import { CommandFailure, failureOf } from '../../failure.ts';
import { readEntries } from '../../setup/agent-list.ts';
import { type Draft, type DraftOptions, draftAgent, type Setting } from '../../setup/draft.ts';
import { rehearse } from '../../setup/rehearse.ts';
import { rootOption } from '../../setup/root-option.ts';
import { writeSchema } from '../../setup/schema-file.ts';
import { settingOf } from '../../setup/setting-flag.ts';
import { writeNew } from '../../setup/write-new.ts';
import { faultLines } from './fault-lines.ts';

/** The fields of one agent, or a list of agents. */
type Given = Record<string, unknown> | readonly unknown[];

function jsonIn(file: string): Given {
  if (!existsSync(file)) throw new CommandFailure(`${file}: no such file. Check the name.`);
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (Array.isArray(value)) return value;
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new InvalidArgumentError(`${file} must contain a JSON list of agents, or one JSON object with fields.`);
}

const refusalLines = ({ refused, why, fix }: Refusal) => [`${why} (${refused})`, `    ${fix}`];
const isFault = ({ level }: AgentFault) => level === 'fault';

function addOne({ print, settings }: Context, options: Omit<DraftOptions, 'root'>): void {
  const { root, allowLoopback } = settings();
  const draft = draftAgent({ root, ...options });
  if (isRefusal(draft)) throw failureOf(draft);
  const { id, files } = draft;
  const found = rehearse(root, [draft], allowLoopback);
  const lines = faultLines(found);
  if (found.some(isFault)) throw new CommandFailure([...lines, 'Nothing was written.'].join('\n'));
  for (const line of lines) print.line(line);
  writeNew(root, files);
  writeSchema(root);
  for (const { path } of files) print.line(`Wrote ${path}`);
  print.line(
    `Next: fill in ${id}/jvAgent.json and ${id}/secrets.env, then run \`jvagent doctor ${id}${rootOption(root)}\`.`,
  );
}

/** What is wrong with each entry of the list; empty for one that can be written. */
interface Tried {
  readonly id: string;
  readonly draft?: Draft;
  readonly faults: readonly string[];
  readonly warnings?: readonly string[];
}

function addMany({ print, settings }: Context, list: readonly unknown[], template: string): void {
  const { root, allowLoopback } = settings();
  const drafted = readEntries(list).map((read): Tried => {
    if ('why' in read) return { id: read.id, faults: read.why };
    const draft = draftAgent({ root, template, ...read.entry });
    return isRefusal(draft) ? { id: read.id, faults: refusalLines(draft) } : { id: read.id, draft, faults: [] };
  });
  const found = rehearse(
    root,
    drafted.flatMap(({ draft }) => draft ?? []),
    allowLoopback,
  );
  const tried = drafted.map((each): Tried => {
    const own = each.draft ? found.filter(({ agentId }) => agentId === each.id) : [];
    const warnings = faultLines(own.filter((one) => !isFault(one)));
    return { ...each, warnings, faults: [...each.faults, ...faultLines(own.filter(isFault))] };
  });
  for (const [index, { id, draft, faults, warnings = [] }] of tried.entries()) {
    for (const [n, line] of faults.entries()) print.line(n === 0 ? `[${index}] ${id}: ${line}` : `    ${line}`);
    if (!draft || faults.length > 0) continue;
    writeNew(root, draft.files);
    writeSchema(root);
    print.line(`Added ${id}`);
    for (const line of warnings) print.line(`    ${line}`);
  }
  const failed = tried.filter(({ faults }) => faults.length > 0).length;
  if (failed > 0) {
    const why = `${failed} of ${tried.length} agents have faults, and nothing of them was written. The others were added.`;
    throw new CommandFailure(failed < tried.length ? why : `All ${failed} agents have faults, so nothing was written.`);
  }
  print.line(`Next: run \`jvagent doctor${rootOption(root)}\` to check them.`);
}

interface AddFlags {
  template: string;
  set?: Setting[];
  from?: Given;
}

function add(context: Context, id: string | undefined, flags: AddFlags, command: Command): void {
  const { template, set, from = {} } = flags;
  const wrong = (why: string) => command.error(why, { exitCode: 2 });
  if (Array.isArray(from)) {
    if (id !== undefined || set) wrong('A list names its agents and their values: give no id and no --set.');
    addMany(context, from, template);
  } else if (id === undefined) {
    wrong('Give the id of the new agent, such as codechange/acme, or a list with --from.');
  } else {
    addOne(context, { id, template, over: { ...from }, settings: set ?? [] });
  }
}

export function addCommand(context: Context): Command {
  return new Command('add')
    .description('create the files of one new agent, or of many')
    .argument('[id]', 'such as codechange/acme')
    .option('--template <name>', 'which folder of templates/ to start from', 'agent')
    .option('--set <path=value>', 'set one value of jvAgent.json, as JSON or text; can be repeated', settingOf)
    .option(
      '--from <file>',
      'a JSON list of agents, [{"id", "set": {"path": value}, "secrets": {"NAME": "value"}}], or with an id an object with fields of jvAgent.json',
      jsonIn,
    )
    .action((id: string | undefined, flags: AddFlags, command: Command) => add(context, id, flags, command));
}
