/** Which secrets an agent's owner gives to the engine (`cliSecrets`), and which secrets the engine can never have. */
import type { AgentConfig } from '../config/config.ts';
import { isCopy } from './credentials.ts';
import { guardOf } from './secret-names.ts';
import { type Secrets, steersPrograms } from './secrets.ts';

type Config = Pick<AgentConfig, 'cliSecrets' | 'sandbox'>;

/** Environment variables that control the engine, its shell or language runtimes. */
const steersEngine =
  /^(CLAUDE.*|(BASH|DISABLE|ENABLE|MCP|NODE|NPM_CONFIG|BUN|PYTHON|PERL|RUBY|JAVA|XDG|LC)_?.*|.*_PROXY|HOME|SHELL|ENV|IFS|LANG|TMPDIR|USER|TERM|PS[0-4]|PROMPT_COMMAND|EDITOR|VISUAL|PAGER|SSL_CERT_(FILE|DIR))$/i;

function whyNot(name: string, config: Config, secrets: Secrets): string | undefined {
  const isGuarded = (other: string) => guardOf(other, config) !== undefined;
  if (isGuarded(name)) return `${name} is never given to the engine`;
  if (steersPrograms(name) || steersEngine.test(name)) return `${name} would control the engine or its programs`;
  const value = secrets.get(name)?.reveal();
  if (value === undefined) return `${name} is not set in secrets.env`;
  const isSecretCopy = isCopy(value, secrets, isGuarded);
  return isSecretCopy ? `${name} has the value of a secret that is never given to the engine` : undefined;
}

/** What is wrong with `cliSecrets`, with the index of each entry; `secrets` may contain the platform's secrets too. */
export function engineSecretFaults(config: Config, secrets: Secrets): { index: number; why: string }[] {
  return config.cliSecrets.flatMap((name, index) => {
    const why = whyNot(name, config, secrets);
    return why === undefined ? [] : [{ index, why }];
  });
}

/** The secrets for the engine's environment, by name, in plain text. */
export function engineSecretsOf({ cliSecrets }: Config, secrets: Secrets): Record<string, string> {
  const given = cliSecrets.flatMap((name) => {
    const secret = secrets.get(name);
    return secret ? [[name, secret.reveal()]] : [];
  });
  return Object.fromEntries(given);
}
