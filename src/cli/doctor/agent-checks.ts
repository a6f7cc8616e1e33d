/** Checks what one agent needs: its files, its trust, and what a work item will need of its board, repository and instance. */
import { join } from 'node:path';
import type { CodeChangeAgent } from '../../agents/agent.ts';
import { trackerNamesOf } from '../../agents/config/devops.ts';
import { findAgents } from '../../agents/find-agents.ts';
import { givenPastTheGate } from '../../agents/past-the-gate.ts';
import { codeHostPlaceOf } from '../../agents/provider.ts';
import { heldBy, type Trusted } from '../../agents/trust.ts';
import { systemClock } from '../../base/clock.ts';
import { checkStates } from '../../connections/check-states.ts';
import type { Connections } from '../../connections/connect.ts';
import { createFolders } from '../../connections/folders.ts';
import { ownerAndRepository } from '../../connectors/github/github.ts';
import { pushStatus, repositoriesSeen } from '../../connectors/token-reach.ts';
import { limits } from '../../limits.ts';
import { codes, isRefusal, type Refusal } from '../../refusal.ts';
import { createSandbox } from '../../sandbox/sandbox.ts';
import type { Settings } from '../../settings.ts';
import { isPerson } from '../../work-items/gate/rules.ts';
import type { OwnAgent } from '../own-connections.ts';
import { type Check, fail, tooWide, unlessClosed, type Verdict, warn } from './finding.ts';

export interface AgentChecksOptions extends OwnAgent {
  settings: Settings;
  trusted: Trusted | undefined;
  /** Why its model cannot be used, as its last turns found. */
  modelFault: Refusal | undefined;
}

interface Connected extends OwnAgent<CodeChangeAgent> {
  connections: Connections;
}

const shownMax = 3;
const named = (names: readonly string[]) =>
  `${names.slice(0, shownMax).join(', ')}${names.length > shownMax ? ` and ${names.length - shownMax} more` : ''}`;

const secretOf = ({ secrets }: Pick<OwnAgent, 'secrets'>, name: string) => secrets.get(name)?.reveal() ?? '';
const httpOf = ({ redact }: Pick<OwnAgent, 'redact'>) => ({ clock: systemClock, redact });

/** The name of the tracker's token in secrets.env. */
const tokenNameOf = ({ agent: { config } }: Connected) => (config.devops ? trackerNamesOf(config.devops).token : '');

async function boardToken(options: Connected): Promise<Verdict> {
  const { name, mail } = await options.connections.tracker.me();
  return `${tokenNameOf(options)} belongs to ${name}${mail ? ` (${mail})` : ''}`;
}

async function boardReach(options: Connected): Promise<Verdict> {
  const { project } = options.agent.devops;
  const token = tokenNameOf(options);
  const seen = await options.connections.tracker.projectsSeen();
  const others = seen.filter((name) => name.toLowerCase() !== project.toLowerCase());
  if (seen.length === others.length) return fail(`${token} does not see the project ${project}`, codes.OUTSIDE_AUTH);
  return others.length > 0
    ? tooWide(`${token} also sees the projects ${named(others)}`)
    : `${token} sees only ${project}`;
}

async function states({ agent, connections }: Connected): Promise<Verdict> {
  const refusal = await checkStates(agent, connections.tracker);
  return refusal ?? 'the project has every state of devops.stateMapping';
}

async function approvers({ agent, connections }: Connected): Promise<Verdict> {
  const list = agent.devops.approvers;
  const fix = 'List ids or mail addresses of people in devops.approvers.';
  if (!list) return warn('everybody who can move a work item can approve its plan', fix);
  if (list.length === 0) return fail('nobody can approve: devops.approvers is empty', fix);
  const me = await connections.tracker.me();
  const own = list.find((entry) => isPerson(entry, me));
  if (own) return fail(`${own} is the agent itself, whose approvals never count`, fix, 'GATE_ACTOR');
  return `${list.length === 1 ? 'one approver' : `${list.length} approvers`}: ${named(list)}`;
}

async function branch({ connections }: Connected): Promise<Verdict> {
  const { repository } = connections;
  const head = await repository.remoteHead(repository.targetBranch);
  if (head) return `${repository.targetBranch} is at ${head.slice(0, 12)}`;
  return fail(`the remote has no branch ${repository.targetBranch}`, 'Create it, or fix git.customerBranch.');
}

async function codeToken({ connections }: Connected): Promise<Verdict> {
  return `GIT_TOKEN belongs to ${await connections.codeHost.me()}`;
}

async function pushRight(options: Connected): Promise<Verdict> {
  const status = await pushStatus(
    options.agent.locations.remote ?? '',
    secretOf(options, 'GIT_TOKEN'),
    httpOf(options),
  );
  if (status === 200) return 'GIT_TOKEN can push';
  return fail(`the remote refuses a push with GIT_TOKEN (HTTP ${status})`, codes.OUTSIDE_AUTH, 'OUTSIDE_AUTH');
}

async function codeReach(options: Connected): Promise<Verdict> {
  const place = ownerAndRepository(options.agent.locations.remote ?? '');
  const where = codeHostPlaceOf(options.agent);
  const isGitHub = 'provider' in where && where.provider === 'github';
  if (!isGitHub || !place) return 'not checked: this code host cannot say what else GIT_TOKEN sees';
  const wanted = { apiUrl: where.apiUrl, ...place, token: secretOf(options, 'GIT_TOKEN') };
  const own = `${place.owner}/${place.repository}`;
  // This does not work for tokens of apps.
  const seen = await unlessClosed(repositoriesSeen({ ...wanted, http: httpOf(options) }), []);
  const others = seen.filter((name) => name.toLowerCase() !== own.toLowerCase());
  return others.length > 0
    ? tooWide(`GIT_TOKEN also has access to ${named(others)}`)
    : `GIT_TOKEN has access only to ${own}`;
}

async function instance({ agent, connections }: Connected): Promise<Verdict> {
  if (!connections.instance || agent.instance?.deploy.mode === 'off')
    return 'merges are not deployed (instance.deploy.mode is off, or there is no instance)';
  const name = agent.instance?.name;
  const [running, healthy] = await Promise.all([connections.instance.version(), connections.instance.healthy()]);
  if (running.name && running.name !== name) {
    return fail(
      `the instance calls itself "${running.name}", not "${name}"`,
      'Fix instance.name or its address.',
      'GATE_TENANT',
    );
  }
  const fix = 'Fix instance.deploy.version. Without it, no merge is deployed.';
  if (!running.commit) return fail('the instance does not say which commit it runs', fix, 'DRIFT');
  const what = `the instance runs ${running.commit.slice(0, 12)}`;
  return healthy ? `${what} and is healthy` : warn(`${what} and is not healthy`, 'Check the instance.');
}

/** What people gave the model or their own tools, which the gate does not check. */
function outsideTheGate({ agent: { config } }: AgentChecksOptions): Verdict {
  const given = givenPastTheGate(config);
  if (given.length === 0) return 'no secret and no network is given to the model or to tools outside the gate';
  return warn(`outside the gate: ${given.join('; ')}`, 'Remove what is not needed from the configuration.');
}

/** Warns only about folders that are left out: the agent works without them. */
async function folders({ agent, settings: { root, home, sandboxUid } }: AgentChecksOptions): Promise<Verdict> {
  const { sandboxProcessesMax: processesMax, sandboxMemoryMb: memoryMb } = limits;
  const sandbox = createSandbox({ sandboxUid, processesMax, memoryMb });
  const surroundings = { root, home, agentFolders: findAgents(root).ids.map((id) => join(root, id)) };
  const { shown, warnings } = await createFolders({ agent, sandbox, home, surroundings }).engine();
  if (warnings.length > 0)
    return warn(warnings.join(' '), 'Fix the named folders. Until then the agent works without them.');
  const places = shown.map(({ name, mount }) => `${name} as ${mount.target}`);
  return places.length > 0 ? `the engine can read ${places.join(', ')}` : 'the engine can read only its own tree';
}

function modelKeyOf({ settings, secrets }: AgentChecksOptions): Verdict {
  if (secrets.has('MODEL_API_KEY') || settings.anthropicApiKey) return 'a model key is set';
  return fail(
    'no model key is set',
    'Set ANTHROPIC_API_KEY in .env of the workspace, or MODEL_API_KEY in secrets.env.',
  );
}

/** Which models run, and whether the last turn was answered. `agent check` warns about a model without a known price. */
function modelsOf({ agent, modelFault }: AgentChecksOptions): Verdict {
  if (modelFault) return modelFault;
  const does = agent.kind === 'conversation' ? 'answers questions' : 'plans and changes code';
  return `${agent.model.id} ${does}, ${agent.triageModel.id} does small tasks; neither was called now`;
}

const checkOf =
  ({ agent }: OwnAgent) =>
  (id: string, look: Check['look']): Check => ({ id: `${agent.id} ${id}`, look });

/** What can be checked without a connection. */
export function agentChecks(options: AgentChecksOptions): Check[] {
  const { agent, trusted } = options;
  const check = checkOf(options);
  const { workDirs, sandbox } = agent.config;
  return [
    check('trust', () => heldBy(trusted, agent) ?? 'its configuration is trusted, or new'),
    check('model-key', () => modelKeyOf(options)),
    check('models', () => modelsOf(options)),
    check('outside-the-gate', () => outsideTheGate(options)),
    ...(workDirs.length + sandbox.readOnly.length > 0 ? [check('folders', () => folders(options))] : []),
  ];
}

/** What a work item will need of the agent's systems; if there are no connections, only the reason. */
export function outsideChecks(own: OwnAgent<CodeChangeAgent>, connections: Connections | Refusal): Check[] {
  const check = checkOf(own);
  if (isRefusal(connections)) return [check('secrets', () => connections)];
  const outside: [string, (options: Connected) => Promise<Verdict>][] = [
    ['board-token', boardToken],
    ['board-reach', boardReach],
    ['states', states],
    ['approvers', approvers],
    ['branch', branch],
    ['code-token', codeToken],
    ['code-reach', codeReach],
    ['push', pushRight],
    ['instance', instance],
  ];
  return outside.map(([id, look]) => check(id, () => look({ ...own, connections })));
}
