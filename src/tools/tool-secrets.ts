/**
 * Which of an agent's secrets a tool gets: never those that can bypass the gate, and never the platform's own,
 * unless `toolSecrets` lists them for this tool.
 */
import type { AgentConfig } from '../agents/config/config.ts';
import { isCopy } from '../agents/secrets/credentials.ts';
import { guardOf } from '../agents/secrets/secret-names.ts';
import type { Secrets } from '../agents/secrets/secrets.ts';
import { agentKindOf } from './phases.ts';

/**
 * Tokens of the gate are kept back only from agents with a gate (a devops or git block), all other guarded secrets from every
 * agent.
 */
function isGuarded(name: string, config: AgentConfig): boolean {
  const guard = guardOf(name, config);
  return guard === 'platform' || (guard === 'gate' && agentKindOf(config) === 'codechange');
}

/**
 * The secrets by name, in plain text. A copy of a guarded value under another name is kept back too. `around` are the platform's
 * secrets, which no tool gets.
 */
export function toolSecretsOf(
  tool: string,
  secrets: Secrets,
  config: AgentConfig,
  around: Secrets = new Map(),
): Record<string, string> {
  const isNamed = (name: string) => Object.hasOwn(config.toolSecrets, name) && config.toolSecrets[name]?.includes(tool);
  const isKept = (name: string) => isGuarded(name, config) && !isNamed(name);
  const all = new Map([...secrets, ...around]);
  const given = [...secrets]
    .map(([name, secret]) => [name, secret.reveal()] as const)
    .filter(([name, value]) => (isGuarded(name, config) ? isNamed(name) : !isCopy(value, all, isKept)));
  return Object.fromEntries(given);
}

/** Tools that get a guarded secret; each runs in a separate process. */
export function trustedTools(config: AgentConfig): Set<string> {
  const guarded = Object.entries(config.toolSecrets).filter(([name]) => guardOf(name, config) !== undefined);
  return new Set(guarded.flatMap(([, tools]) => tools));
}
