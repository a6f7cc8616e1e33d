/** `jvagent doctor`: checks everything that the platform and its agents need, and says how to fix what is missing. */
import { Command } from 'commander';
import type { AgentFault } from '../../agents/check.ts';
import { configPlaceOf } from '../../agents/config/place.ts';
import { OutsideError } from '../../base/errors.ts';
import { redactValue } from '../../base/redact.ts';
import { type AgentChecksOptions, agentChecks } from '../../checks/agent-checks.ts';
import { databaseCheck } from '../../checks/database.ts';
import { agentFileRows, settingRows } from '../../checks/file-rows.ts';
import { type Check, findingsOf } from '../../checks/finding.ts';
import { type CallModel, createModelCalls } from '../../checks/model-call.ts';
import { opsCheck } from '../../checks/ops.ts';
import { outsideChecks } from '../../checks/outside-checks.ts';
import type { OwnAgent } from '../../checks/own-agent.ts';
import { slackChecks } from '../../checks/slack.ts';
import { type Finding, modelCheckOf } from '../../status/finding.ts';
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

type Look = Pick<AgentChecksOptions, 'callModel'>;

/** How doctor calls models: each one that is called is named on a terminal, since that takes seconds. */
export function modelCallsOf(context: Context): CallModel {
  const onCall = (model: string) => context.print.doing(`Calling ${model}`);
  return createModelCalls({ settings: context.settings(), outbound: context.outbound(), onCall });
}

/** What its systems say; its board, repository and instance are asked at the same time as its models. */
async function outsideFindings(context: Context, own: OwnAgent, { callModel }: Look): Promise<Finding[]> {
  const { agent } = own;
  if (agent.kind === 'conversation') return [];
  if (callModel === '--offline') {
    const what = 'board, repository and instance were not asked: --offline';
    return [{ id: `${agent.id} outside`, status: 'ok', what, fix: '' }];
  }
  return withConnections(context, { ...own, agent }, (connections) =>
    findingsOf(outsideChecks({ ...own, agent }, connections), { agentId: agent.id, placeOf: configPlaceOf(agent) }),
  );
}

/** What Slack says of the agent's app and channels; nothing for an agent that is not to be heard there. */
async function slackFindings(context: Context, { agent }: OwnAgent, { callModel }: Look): Promise<Finding[]> {
  if (callModel === '--offline') return [];
  const checks = slackChecks({ agent, settings: context.settings(), fetch: context.outbound().fetch });
  return findingsOf(checks, { agentId: agent.id, placeOf: configPlaceOf(agent) });
}

/** One finding for each fault in an agent's files; if there is none, its systems and models are checked too. */
export async function agentFindings(context: Context, id: string, look: Look): Promise<Finding[]> {
  const settings = context.settings();
  const found = agentFileRows(settings, context.agents(), id);
  const ofFiles = found.map(fileFinding);
  if (found.some(({ level }) => level === 'fault')) return ofFiles;
  const store = await context.store();
  const { trusted, modelFault } = await store.agents.get(id);
  const trustedOn = trusted ? await store.nodes.othersWith(id, trusted.digest) : [];
  const own = ownAgent(context, id);
  const { agent } = own;
  const told = { agentId: id, placeOf: configPlaceOf(agent) };
  const [common, outside, slack] = await context.print.during(`Checking ${id}`, () =>
    Promise.all([
      findingsOf(agentChecks({ ...own, ...look, settings, trusted, trustedOn, modelFault }), told),
      outsideFindings(context, own, look),
      slackFindings(context, own, look),
    ]),
  );
  const ofModel = look.callModel === '--no-model' ? [] : common.filter(({ id: check }) => check === modelCheckOf(id));
  const kept = [...ofModel, ...outside];
  if (look.callModel !== '--offline')
    await store.findings.keep({ agentId: id, digest: agent.digest }, 'doctor', redactValue(own.redact, kept));
  const sound: Finding = {
    ...{ id: `${id} files`, status: 'ok', fix: '' },
    what: 'jvAgent.json, secrets.env and the other files have no faults',
  };
  return [...(ofFiles.length > 0 ? ofFiles : [sound]), ...common, ...outside, ...slack];
}

function opsCheckOf(context: Context, isOffline = false): Check {
  const way = isOffline ? undefined : { fetch: context.outbound().fetch, clock: { now: context.now } };
  const lines = async () => (await context.store()).opsLines;
  return opsCheck({ settings: context.settings(), way, lines });
}

/** Whether the state can be opened; if not, the check of the database says why. */
async function opens(context: Context): Promise<boolean> {
  try {
    await context.prepare();
    return true;
  } catch (error) {
    if (error instanceof OutsideError) return false;
    throw error;
  }
}

interface DoctorFlags {
  model: boolean;
  offline?: boolean;
  json?: boolean;
}

async function doctor(context: Context, id: string | undefined, { model, offline, json }: DoctorFlags): Promise<void> {
  const isStateOpen = await opens(context);
  const ids = id === undefined ? context.agents().list() : [context.agent(id)];
  const settings = context.settings();
  const database = databaseCheck({ url: settings.databaseUrl, nodes: async () => (await context.store()).nodes });
  const checks = [...machineChecks(settings), database, opsCheckOf(context, offline)];
  const ofMachine = await context.print.during('Checking this machine', () => findingsOf(checks));
  const findings = [...ofMachine, ...settingRows(settings.root).map(fileFinding)];
  const callModel = offline ? '--offline' : model ? modelCallsOf(context) : '--no-model';
  for (const agent of isStateOpen ? ids : []) findings.push(...(await agentFindings(context, agent.id, { callModel })));
  if (json) context.print.json(findings);
  else printFindings(context.print, findings);
  const countOf = (wanted: Finding['status']) => findings.filter(({ status }) => status === wanted).length;
  const [failed, warned] = [countOf('fail'), countOf('warn')];
  const unchecked = isStateOpen ? '' : ' No agent was checked: the state could not be opened.';
  if (failed > 0) throw new CommandFailure(`${failed} of ${findings.length} checks failed.${unchecked}`);
  if (json) return;
  context.print.line('');
  if (warned > 0) context.print.line(`Nothing fails. ${warned} of ${findings.length} checks warn.`);
  else context.print.pieces({ text: `All is well: ${findings.length} checks.`, paint: 'green' });
}

export function doctorCommand(context: Context): Command {
  return new Command('doctor')
    .description('check everything that the platform needs, and say how to fix what is missing')
    .argument('[id]', 'the agent; all agents if you name none')
    .option('--offline', 'ask nothing of the model, the board, the repository and the instance')
    .option('--no-model', 'do not call the models, which costs a little money')
    .option('--json', 'print one JSON document')
    .action((id: string | undefined, flags: DoctorFlags) => doctor(context, id, flags));
}
