/** `jvagent agent`: lists, checks, adds and removes the agents of a workspace. */
import { Command } from 'commander';
import type { AgentState } from '../../../agents/agent-store.ts';
import type { AgentFault } from '../../../agents/check.ts';
import { configFileName } from '../../../agents/config/file.ts';
import { known } from '../../../base/known.ts';
import { agentFileRows, settingRows } from '../../../checks/file-rows.ts';
import { foundText } from '../../../status/found.ts';
import type { Context } from '../../context.ts';
import { CommandFailure } from '../../failure.ts';
import { addCommand } from './add.ts';
import { faultLines } from './fault-lines.ts';
import { removeCommand } from './remove.ts';

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

/** What the last look at each agent's systems found, as warnings: the files alone do not show whether it is still so. */
async function seenBefore({ agents, store }: Context, id: string | undefined): Promise<AgentFault[]> {
  const sound = agents()
    .list()
    .flatMap((state) => ('agent' in state && (id ?? state.id) === state.id ? state.agent : []));
  const { findings } = await store();
  const seen = sound.map(async (agent): Promise<AgentFault[]> => {
    const failing = await findings.list({ agentId: agent.id, digest: agent.digest });
    return failing
      .filter(({ status }) => status === 'fail')
      .map((finding) => {
        const { file = `${agent.id}/${configFileName}`, line, code = 'CONFIG_INVALID', fix } = finding;
        const message = foundText({ ...finding, file: undefined });
        return { agentId: agent.id, level: 'warning', code, file, message, fix, ...known({ line }) };
      });
  });
  return (await Promise.all(seen)).flat();
}

async function check(context: Context, id: string | undefined, json: boolean): Promise<void> {
  const { print, settings, agents } = context;
  const ofFiles = [...settingRows(settings().root), ...agentFileRows(settings(), agents(), id)];
  const found = [...ofFiles, ...(await seenBefore(context, id))];
  if (json) print.json(found);
  else for (const line of faultLines(found)) print.line(line);
  const faults = found.filter(({ level }) => level === 'fault');
  if (faults.length > 0) throw new CommandFailure(`${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}`);
  if (!json) print.line('No faults.');
}

export function agentCommand(context: Context): Command {
  const agent = new Command('agent').description('list, check, add and remove the agents of the workspace');
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
  agent.addCommand(addCommand(context));
  agent.addCommand(removeCommand(context));
  return agent;
}
