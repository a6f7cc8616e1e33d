/** All faults and warnings of a workspace's agents, as rows for `jvagent agent check`. */
import { boundWarning } from '../models/model.ts';
import { isRefusal } from '../refusal.ts';
import type { Agent } from './agent.ts';
import { parseAgentId } from './agent-id.ts';
import { type AgentState, type AgentStore, createAgentStore } from './agent-store.ts';
import { configFileName } from './config/file.ts';
import { configPlaceOf } from './config/place.ts';
import { type Fault, fault } from './fault.ts';
import { checkUrls, wrongUrlOf } from './outside-urls.ts';
import { readSecretsOf } from './secrets/secret-faults.ts';
import { configWarnings } from './warnings/config-warnings.ts';
import { fileWarnings } from './warnings/file-warnings.ts';

export interface AgentFault extends Fault {
  /** Empty for a file of the workspace itself. */
  readonly agentId: string;
  /** A fault disables the agent; a warning does not. */
  readonly level: 'fault' | 'warning';
}

/** Models without a known price; their calls are charged at an upper bound. */
function unpricedFaults({ id, model, triageModel }: Agent): Fault[] {
  const fix =
    'The model runs if your key has access to it. Set `limits.unknownModels` to `refuse` to run only models with a known price.';
  const warnings = new Set([model, triageModel].flatMap((each) => boundWarning(each) ?? []));
  return [...warnings].map((warning) => fault('CONFIG_INVALID', `${id}/${configFileName}`, warning, { fix }));
}

function warningsOf(root: string, state: AgentState): Fault[] {
  const id = parseAgentId(state.id);
  if (isRefusal(id)) return [];
  const secrets = readSecretsOf(root, id);
  const ofFiles = [...configWarnings(root, id), ...secrets.warnings, ...fileWarnings(root, id)];
  if (!('agent' in state)) return ofFiles;
  return [...secrets.short(state.agent.config).warnings, ...unpricedFaults(state.agent), ...ofFiles];
}

/** An agent uses either emulators or real systems, never both; the workspace's settings say which. */
function addressFaults(root: string, state: AgentState, allowLoopback: boolean | undefined): Fault[] {
  if (!('agent' in state) || allowLoopback === undefined) return [];
  const { agent } = state;
  const wrong = checkUrls(agent, allowLoopback);
  const url = wrongUrlOf(agent, allowLoopback);
  if (!wrong || !url) return [];
  const { refused, why, fix } = wrong;
  const inSecrets = url.secretName === undefined ? undefined : readSecretsOf(root, agent.id).placeOf(url.secretName);
  const place = inSecrets?.line === undefined ? configPlaceOf(agent)(url.path) : inSecrets;
  return [fault(refused, place.file, why, { ...place, fix })];
}

interface CheckOptions {
  /** Check only this agent. */
  id?: string | undefined;
  /** Whether the workspace uses the emulators; undefined skips the check of addresses. */
  allowLoopback?: boolean;
  /** The agents as the state remembers them; without it nothing is remembered. */
  agents?: Pick<AgentStore, 'list' | 'get'>;
}

/** Checks all agents, or the one named; an agent that does not exist is a fault too. An empty list means that all is well. */
export function checkAgents(root: string, options: CheckOptions = {}): AgentFault[] {
  const { id, allowLoopback, agents = createAgentStore({ root }) } = options;
  const state = id === undefined ? undefined : agents.get(id);
  if (id !== undefined && !state) {
    const fix = 'Run `jvagent agent list` to see the agents.';
    return [{ agentId: id, level: 'fault', ...fault('AGENT_ID', id, 'is no agent of this workspace', { fix }) }];
  }
  return (state ? [state] : agents.list()).flatMap((each) => {
    const faults = 'faults' in each ? each.faults : addressFaults(root, each, allowLoopback);
    const row = (level: AgentFault['level']) => (found: Fault) => ({ agentId: each.id, level, ...found });
    return [...faults.map(row('fault')), ...warningsOf(root, each).map(row('warning'))];
  });
}
