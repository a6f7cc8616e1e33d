/** All faults and warnings of a workspace's agents, as rows for `jvagent agent check`. */
import { boundWarning } from '../models/model.ts';
import { isRefusal } from '../refusal.ts';
import type { Agent } from './agent.ts';
import { type AgentState, createAgentStore } from './agent-store.ts';
import { configFileName } from './config/file.ts';
import { type Fault, fault } from './fault.ts';
import { checkUrls } from './outside-urls.ts';
import { shortCredentials } from './secrets/credentials.ts';
import { readSecrets } from './secrets/secrets.ts';

export interface AgentFault extends Fault {
  readonly agentId: string;
  /** A fault disables the agent; a warning does not. */
  readonly level: 'fault' | 'warning';
}

/** Credentials so short that other words may contain them by chance. */
function shortCredentialFaults({ id, folder, config }: Agent): Fault[] {
  const read = readSecrets(folder);
  const fix =
    'Use a credential of 12 or more characters: a shorter one is hidden only where it appears as a separate word.';
  return (isRefusal(read) ? [] : shortCredentials(read.secrets, config).short).map((name) =>
    fault('SECRETS_KEY', `${id}/secrets.env`, `${name} has fewer than 12 characters`, { fix }),
  );
}

/** Models without a known price; their calls are charged at an upper bound. */
function unpricedFaults({ id, model, triageModel }: Agent): Fault[] {
  const fix =
    'The model runs if your key has access to it. Set `limits.unknownModels` to `refuse` to run only models with a known price.';
  const warnings = new Set([model, triageModel].flatMap((each) => boundWarning(each) ?? []));
  return [...warnings].map((warning) => fault('CONFIG_INVALID', `${id}/${configFileName}`, warning, { fix }));
}

function warningsOf(state: AgentState): AgentFault[] {
  if (!('agent' in state)) return [];
  const { agent } = state;
  const found = [...shortCredentialFaults(agent), ...unpricedFaults(agent)];
  return found.map((each) => ({ agentId: state.id, level: 'warning', ...each }));
}

/** An agent uses either emulators or real systems, never both; the workspace's settings say which. */
function addressFaults(state: AgentState, allowLoopback: boolean | undefined): AgentFault[] {
  if (!('agent' in state) || allowLoopback === undefined) return [];
  const wrong = checkUrls(state.agent, allowLoopback);
  if (!wrong) return [];
  const { refused, why, fix } = wrong;
  return [{ agentId: state.id, level: 'fault', ...fault(refused, `${state.id}/${configFileName}`, why, { fix }) }];
}

function faultsOf(state: AgentState, { allowLoopback }: CheckOptions): AgentFault[] {
  if (!('faults' in state)) return [...addressFaults(state, allowLoopback), ...warningsOf(state)];
  return state.faults.map((found) => ({ agentId: state.id, level: 'fault', ...found }));
}

interface CheckOptions {
  /** Check only this agent. */
  id?: string | undefined;
  /** Whether the workspace uses the emulators; undefined skips the check of addresses. */
  allowLoopback?: boolean;
}

/** Checks all agents, or the one named; an agent that does not exist is a fault too. An empty list means that all is well. */
export function checkAgents(root: string, options: CheckOptions = {}): AgentFault[] {
  const store = createAgentStore({ root });
  const { id } = options;
  if (id === undefined) return store.list().flatMap((state) => faultsOf(state, options));
  const state = store.get(id);
  if (state) return faultsOf(state, options);
  const missing = fault('AGENT_ID', id, 'this workspace has no such agent', {
    fix: 'Run `jvagent agent list` to see the agents.',
  });
  return [{ agentId: id, level: 'fault', ...missing }];
}
