/** The secrets that an agent's owner gives to the engine by name (`cliSecrets`), and those that nobody can give to it. */
import type { AgentConfig } from '../config/config.ts';
import { isCopy } from './credentials.ts';
import { guardOf } from './secret-names.ts';
import { type Secrets, steersPrograms } from './secrets.ts';

type Config = Pick<AgentConfig, 'cliSecrets' | 'sandbox'>;

/** Names by which the engine, its shell, or a language's own programs are told what to do. */
const steersEngine =
  /^(CLAUDE.*|(BASH|DISABLE|ENABLE|MCP|NODE|NPM_CONFIG|BUN|PYTHON|PERL|RUBY|JAVA|XDG|LC)_?.*|.*_PROXY|HOME|SHELL|ENV|IFS|LANG|TMPDIR|USER|TERM|PS[0-4]|PROMPT_COMMAND|EDITOR|VISUAL|PAGER|SSL_CERT_(FILE|DIR))$/i;

function whyNot(name: string, config: Config, secrets: Secrets): string | undefined {
  const isGuarded = (other: string) => guardOf(other, config) !== undefined;
  if (isGuarded(name)) return `${name} is never given to the engine`;
  if (steersPrograms(name) || steersEngine.test(name)) return `${name} would steer the programs of the engine`;
  const value = secrets.get(name)?.reveal();
  if (value === undefined) return `${name} is not set in secrets.env`;
  const isSecretCopy = isCopy(value, secrets, isGuarded);
  return isSecretCopy ? `${name} has the value of a secret that is never given to the engine` : undefined;
}

/** What is wrong with `cliSecrets`, each with its place in the list; `secrets` may hold the platform's own beside the agent's. */
export function engineSecretFaults(config: Config, secrets: Secrets): { index: number; why: string }[] {
  return config.cliSecrets.flatMap((name, index) => {
    const why = whyNot(name, config, secrets);
    return why === undefined ? [] : [{ index, why }];
  });
}

/** By name, in plain text: what the engine's environment holds besides its own. */
export function engineSecretsOf({ cliSecrets }: Config, secrets: Secrets): Record<string, string> {
  const given = cliSecrets.flatMap((name) => {
    const secret = secrets.get(name);
    return secret ? [[name, secret.reveal()]] : [];
  });
  return Object.fromEntries(given);
}
