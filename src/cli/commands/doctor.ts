/** `jvagent doctor`: checks everything that the platform and its agents need, and says how to fix what is missing. */
import { Command } from 'commander';
import type { AgentFault } from '../../agents/check.ts';
import { redactValue } from '../../base/redact.ts';
import { agentChecks } from '../../checks/agent-checks.ts';
import { agentFileRows, settingRows } from '../../checks/file-rows.ts';
import { findingsOf } from '../../checks/finding.ts';
import { outsideChecks } from '../../checks/outside-checks.ts';
import { placesIn } from '../../checks/place.ts';
import type { Finding } from '../../status/finding.ts';
import type { Context } from '../context.ts';
import { machineChecks } from '../doctor/machine-checks.ts';
import { printFindings } from '../doctor/print-findings.ts';
import { CommandFailure } from '../failure.ts';
import { ownAgent, withConnections } from '../own-connections.ts';

function fileFinding({ agentId, code, file, line, message, fix, level }: AgentFault): Finding {
  const what = `${file}${line === undefined ? '' : `:${line}`} ${message}`;
  return {
    id: agentId === '' ? 'settings' : `${agentId} files`,
    status: level === 'fault' ? 'fail' : 'warn',
    what,
    fix,
    code,
    file,
    line,
  };
}

/** One finding for each fault in an agent's files; if there is none, its systems are checked too. */
export async function agentFindings(context: Context, id: string): Promise<Finding[]> {
  const found = agentFileRows(context.settings(), context.agents(), id);
  const ofFiles = found.map(fileFinding);
  if (found.some(({ level }) => level === 'fault')) return ofFiles;
  const settings = context.settings();
  const store = await context.store();
  const { trusted, modelFault } = await store.agents.get(id);
  const own = ownAgent(context, id);
  const { agent } = own;
  const told = { agentId: id, placeOf: placesIn(agent) };
  const common = agentChecks({ ...own, settings, trusted, modelFault });
  const seen =
    agent.kind === 'conversation'
      ? await findingsOf(common, told)
      : await withConnections(context, { ...own, agent }, async (connections) => {
          const outside = await findingsOf(outsideChecks({ ...own, agent }, connections), told);
          await store.findings.keep({ agentId: id, digest: agent.digest }, 'doctor', redactValue(own.redact, outside));
          return [...(await findingsOf(common, told)), ...outside];
        });
  const sound: Finding = {
    ...{ id: `${id} files`, status: 'ok', fix: '' },
    what: 'jvAgent.json, secrets.env and the other files have no faults',
  };
  return [...(ofFiles.length > 0 ? ofFiles : [sound]), ...seen];
}

async function doctor(context: Context, id: string | undefined, json: boolean): Promise<void> {
  const ids = id === undefined ? context.agents().list() : [context.agent(id)];
  const settings = context.settings();
  const findings = [...(await findingsOf(machineChecks(settings))), ...settingRows(settings.root).map(fileFinding)];
  for (const agent of ids) findings.push(...(await agentFindings(context, agent.id)));
  if (json) context.print.json(findings);
  else printFindings(context.print, findings);
  const failed = findings.filter(({ status }) => status === 'fail').length;
  if (failed > 0) throw new CommandFailure(`${failed} of ${findings.length} checks failed.`);
}

export function doctorCommand(context: Context): Command {
  return new Command('doctor')
    .description('check everything that the platform needs, and say how to fix what is missing')
    .argument('[id]', 'the agent; all agents if you name none')
    .option('--json', 'print one JSON document')
    .action((id: string | undefined, { json = false }) => doctor(context, id, json));
}
