/** Whether an agent's configuration is trusted: the first version is, and a changed one is held until a person trusts it. */
import { type Refusal, refuse } from '../refusal.ts';
import type { Agent } from './agent.ts';

/** What was trusted: the configuration digest, and the values behind it, so that a difference can be shown. */
export interface Trusted {
  readonly digest: string;
  readonly steering: Readonly<Record<string, string>>;
}

export interface SteeringChange {
  /** Such as `git.branchPrefix` or `CLAUDE.md of codechange`. */
  readonly name: string;
  /** Undefined if the value is new. */
  readonly before: string | undefined;
  /** Undefined if the value was removed. */
  readonly after: string | undefined;
}

/** All values that differ from what was trusted, sorted by name. */
export function changesOf(trusted: Trusted, agent: Pick<Agent, 'steering'>): SteeringChange[] {
  const names = new Set([...Object.keys(trusted.steering), ...Object.keys(agent.steering)]);
  return [...names]
    .sort()
    .map((name) => ({ name, before: trusted.steering[name], after: agent.steering[name] }))
    .filter(({ before, after }) => before !== after);
}

const namesShown = 5;

/** A name that every steering of the current form contains. */
const alwaysNamed = 'autoRun.enabled';

/**
 * Whether everything that was trusted is unchanged. Trust given in an earlier version of this program covers fewer values: only
 * those are compared, and the others count as trusted.
 */
function isAsTrusted(trusted: Trusted, agent: Pick<Agent, 'digest' | 'steering'>): boolean {
  if (trusted.digest === agent.digest) return true;
  if (alwaysNamed in trusted.steering) return false;
  return Object.entries(trusted.steering).every(([name, value]) => agent.steering[name] === value);
}

function fixOf(agentId: string, nodes: readonly string[]): string {
  const trust = `run \`jvagent trust ${agentId}\``;
  if (nodes.length === 0) return `Read the difference and ${trust}.`;
  const others = nodes.length === 1 ? 'Another node' : 'Other nodes';
  const [have, go] = nodes.length === 1 ? ['has', 'goes'] : ['have', 'go'];
  return `${others} (${nodes.join(', ')}) ${have} the trusted files and ${go} on: copy them here. Or, if the files here are to count for all nodes, copy them to each node and ${trust}.`;
}

/** CONFIG_UNTRUSTED with the changed names, if the agent differs from what was trusted. `nodes` are those that have what was trusted. */
export function heldBy(
  trusted: Trusted | undefined,
  agent: Pick<Agent, 'id' | 'digest' | 'steering'>,
  nodes: readonly string[] = [],
): Refusal | undefined {
  if (!trusted || isAsTrusted(trusted, agent)) return undefined;
  const names = changesOf(trusted, agent).map(({ name }) => name);
  const more = names.length > namesShown ? ` and ${names.length - namesShown} more` : '';
  const why = `${agent.id}: ${names.slice(0, namesShown).join(', ')}${more} changed after a person trusted this agent`;
  return refuse('CONFIG_UNTRUSTED', why, fixOf(agent.id, nodes));
}
