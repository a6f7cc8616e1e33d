/** The text of a new secrets.env: a line for every name that the agent needs, filled in where its value is known. */
import { parseEnv } from 'node:util';
import type { AgentConfig } from '../../agents/config/config.ts';
import { trackerNamesOf } from '../../agents/config/devops.ts';
import { type Refusal, refuse } from '../../refusal.ts';

interface Needed {
  readonly name: string;
  readonly why: string;
}

/** What the agent's systems, tools and engine need, by its configuration. Docs/operate.md says which rights each token needs. */
function neededBy({ devops, git, instance, sandbox, toolSecrets, cliSecrets }: AgentConfig): Needed[] {
  const names = devops && trackerNamesOf(devops);
  const all: (Needed | undefined | false)[] = [
    names && {
      name: names.token,
      why: "Azure DevOps: the token of the agent's own account, Work Items (Read & write)",
    },
    names && !devops.organization && { name: names.organization, why: 'Azure DevOps: the organization' },
    names && !devops.project && { name: names.project, why: 'Azure DevOps: the project' },
    git && {
      name: 'GIT_TOKEN',
      why: "The repository: the token of the agent's own account. GitHub: Contents and Pull requests (Read and write); Azure Repos: Code (Read & write)",
    },
    git && { name: 'GIT_REMOTE', why: "The repository's address, such as https://github.com/yourorg/product.git" },
    instance && { name: 'INSTANCE_API_TOKEN', why: "The customer's instance: its token" },
    instance && !instance.url && { name: 'INSTANCE_URL', why: "The customer's instance: its address" },
    ...sandbox.registries.map(({ host, tokenSecret }) => ({ name: tokenSecret, why: `Packages from ${host}` })),
    ...Object.keys(toolSecrets).map((name) => ({ name, why: `For the tools ${toolSecrets[name]?.join(', ')}` })),
    ...cliSecrets.map((name) => ({ name, why: 'For the engine: every command of the model can read it' })),
  ];
  const known = new Map(all.flatMap((each) => (each ? [[each.name, each] as const] : [])));
  return [...known.values()];
}

/** `NAME=value` in the first form that reads back as the same value; undefined if there is none. */
export function envLine(name: string, value: string): string | undefined {
  const forms = ['', "'", '"', '`'].map((quote) => `${name}=${quote}${value}${quote}`);
  return forms.find((line) => parseEnv(`${line}\n`)[name] === value);
}

/** CONFIG_INVALID names a value that no dotenv file can hold, never the value itself. */
export function secretsText(
  id: string,
  config: AgentConfig | undefined,
  given: Readonly<Record<string, string>>,
): string | Refusal {
  const needed = config ? neededBy(config) : [];
  const others = Object.keys(given).filter((name) => !needed.some((each) => each.name === name));
  const lines: string[] = [`# Secrets of ${id}. Keep this file private (mode 600). No other agent reads it.`];
  for (const { name, why } of [...needed, ...others.map((name) => ({ name, why: '' }))]) {
    const line = envLine(name, given[name] ?? '');
    if (line === undefined) {
      const why = `the value of ${name} mixes all kinds of quotes, so no secrets.env can hold it`;
      return refuse('CONFIG_INVALID', why, `Use another value for ${name}.`);
    }
    lines.push(...(why ? ['', `# ${why}`] : ['']), line);
  }
  return `${lines.join('\n')}\n`;
}
