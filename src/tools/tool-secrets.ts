/**
 * Which of an agent's secrets one of its tools is handed: never those that would lead around the gate, nor the platform's own,
 * unless named for it in `toolSecrets`.
 */
import type { AgentConfig } from '../agents/config/config.ts';
import { isCopy } from '../agents/secrets/credentials.ts';
import { guardOf } from '../agents/secrets/secret-names.ts';
import type { Secrets } from '../agents/secrets/secrets.ts';
import { agentKindOf } from './phases.ts';

/** Tokens of the gate are kept where there is a gate, in an agent with a devops or git block; all else from every agent. */
function isGuarded(name: string, config: AgentConfig): boolean {
  const guard = guardOf(name, config);
  return guard === 'platform' || (guard === 'gate' && agentKindOf(config) === 'codechange');
}

/**
 * By name, in plain text. A guarded value under another name is kept back too. `around` are secrets of the platform, which no
 * tool is handed.
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

/** Tools that are handed a guarded secret; each of them lives in a process of its own. */
export function trustedTools(config: AgentConfig): Set<string> {
  const guarded = Object.entries(config.toolSecrets).filter(([name]) => guardOf(name, config) !== undefined);
  return new Set(guarded.flatMap(([, tools]) => tools));
}
