/** Which of an agent's secrets one of its tools is handed: never those that would lead around the gate, unless named for it. */
import type { AgentConfig } from '../agents/config.ts';
import type { Secrets } from '../agents/secrets.ts';
import { agentKindOf } from './phases.ts';

/** With these the approved can be bypassed: the tile moved, the branch pushed, the instance changed. */
const guardedNames = ['AZDO_PAT', 'GIT_TOKEN', 'INSTANCE_API_TOKEN'];

const bare = (value: string) => value.replace(/^Bearer\s+/i, '');

/** By name, in plain text. A guarded value under another name is kept back too. */
export function toolSecretsOf(tool: string, secrets: Secrets, config: AgentConfig): Record<string, string> {
  const isNamed = (name: string) => Object.hasOwn(config.toolSecrets, name) && config.toolSecrets[name]?.includes(tool);
  const kept = agentKindOf(config) === 'codechange' ? guardedNames.filter((name) => !isNamed(name)) : [];
  const keptValues = new Set(kept.flatMap((name) => secrets.get(name)?.reveal() ?? []).map(bare));
  const given = [...secrets]
    .map(([name, secret]) => [name, secret.reveal()] as const)
    .filter(([name, value]) => !kept.includes(name) && !keptValues.has(bare(value)));
  return Object.fromEntries(given);
}

/** Tools that are handed a guarded secret; each of them lives in a process of its own. */
export function trustedTools(config: AgentConfig): Set<string> {
  return new Set(guardedNames.flatMap((name) => config.toolSecrets[name] ?? []));
}
