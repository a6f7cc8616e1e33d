/** Whether an agent is configured as a person trusted it: first seen is trusted, a later change is held until someone says so. */
import { type Refusal, refuse } from '../refusal.ts';
import type { Agent } from './agent.ts';

/** What was trusted: the configuration digest, and the values under it to show a difference by. */
export interface Trusted {
  readonly digest: string;
  readonly steering: Readonly<Record<string, string>>;
}

export interface SteeringChange {
  /** Such as `git.branchPrefix` or `CLAUDE.md of codechange`. */
  readonly name: string;
  /** Undefined for one that is new. */
  readonly before: string | undefined;
  /** Undefined for one that is gone. */
  readonly after: string | undefined;
}

/** Every value that steers trust and is not what was trusted, in the order of their names. */
export function changesOf(trusted: Trusted, agent: Pick<Agent, 'steering'>): SteeringChange[] {
  const names = new Set([...Object.keys(trusted.steering), ...Object.keys(agent.steering)]);
  return [...names]
    .sort()
    .map((name) => ({ name, before: trusted.steering[name], after: agent.steering[name] }))
    .filter(({ before, after }) => before !== after);
}

const namesShown = 5;

/** In every steering of the present form. */
const alwaysNamed = 'autoRun.enabled';

/**
 * Whether all that was trusted is as it was. What was trusted by an earlier version of this program names fewer values: those
 * are compared, and what it did not name was trusted with them.
 */
function isAsTrusted(trusted: Trusted, agent: Pick<Agent, 'digest' | 'steering'>): boolean {
  if (trusted.digest === agent.digest) return true;
  if (alwaysNamed in trusted.steering) return false;
  return Object.entries(trusted.steering).every(([name, value]) => agent.steering[name] === value);
}

/** CONFIG_UNTRUSTED with the names that changed, when the agent is not what was trusted. */
export function heldBy(
  trusted: Trusted | undefined,
  agent: Pick<Agent, 'id' | 'digest' | 'steering'>,
): Refusal | undefined {
  if (!trusted || isAsTrusted(trusted, agent)) return undefined;
  const names = changesOf(trusted, agent).map(({ name }) => name);
  const more = names.length > namesShown ? ` and ${names.length - namesShown} more` : '';
  const why = `${agent.id}: ${names.slice(0, namesShown).join(', ')}${more} changed since it was trusted`;
  return refuse('CONFIG_UNTRUSTED', why, `Read the difference and run \`jvagent trust ${agent.id}\`.`);
}
