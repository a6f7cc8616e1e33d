/** Which secrets an agent needs, by its configuration, and which of them it cannot work without. */
import { z } from 'zod';
import type { AgentConfig } from '../config/config.ts';
import { trackerNamesOf } from '../config/devops.ts';

export interface Needed {
  readonly name: string;
  /** What it is for, and which rights a token needs. The pages docs/connect-*.md say more. */
  readonly why: string;
  /** Whether the agent is not ready without it, and no field of its configuration says so. */
  readonly isRequired: boolean;
}

/** The blocks of a configuration that need secrets; only what is there matters, not its form. */
const statedBlocks = z.object({
  devops: z.looseObject({ organization: z.unknown(), project: z.unknown() }).partial().optional(),
  git: z.looseObject({}).optional(),
  email: z.looseObject({}).optional(),
  instance: z
    .looseObject({ url: z.unknown(), deploy: z.looseObject({ mode: z.unknown() }).partial().prefault({}) })
    .partial({ url: true })
    .optional(),
});

type Stated = z.output<typeof statedBlocks> & Pick<AgentConfig, 'sandbox' | 'toolSecrets' | 'cliSecrets'>;

/** The same for a configuration with faults: all faults of an agent are told at once. */
export function neededByStated(value: unknown): Needed[] {
  const { success, data } = statedBlocks.safeParse(value);
  if (!success) return [];
  const sandbox = { domains: [], domainsInTurn: false, registries: [], readOnly: [] };
  return neededBy({ ...data, sandbox, toolSecrets: {}, cliSecrets: [] });
}

/** What the agent's systems, tools and engine need; each name once. Places that the configuration itself names are left out. */
export function neededBy({ devops, git, instance, email, sandbox, toolSecrets, cliSecrets }: Stated): Needed[] {
  const names = devops && trackerNamesOf(devops);
  const need = (name: string, why: string, isRequired = true): Needed => ({ name, why, isRequired });
  const board = "Azure DevOps: the token of the agent's own account, Work Items (Read & write)";
  const repository =
    "The repository: the token of the agent's own account. GitHub: Contents and Pull requests (Read and write); Azure Repos: Code (Read & write)";
  const usesInstance = git === undefined || instance?.deploy.mode !== 'off';
  const all = [
    names && need(names.token, board),
    names && !devops.organization && need(names.organization, 'Azure DevOps: the organization', false),
    names && !devops.project && need(names.project, 'Azure DevOps: the project', false),
    git && need('GIT_TOKEN', repository),
    git && need('GIT_REMOTE', "The repository's address, such as https://github.com/yourorg/product.git"),
    instance && need('INSTANCE_API_TOKEN', "The customer's instance: its token", usesInstance),
    instance && !instance.url && need('INSTANCE_URL', "The customer's instance: its address", false),
    email && need('SMTP_URL', 'Mail: the server, such as smtps://name:password@mail.example.com'),
    ...sandbox.registries.map(({ host, tokenSecret }) => need(tokenSecret, `Packages from ${host}`)),
    ...Object.entries(toolSecrets).map(([name, tools]) => need(name, `For the tools ${tools.join(', ')}`, false)),
    ...cliSecrets.map((name) => need(name, 'For the engine: every command of the model can read it', false)),
  ].filter((each) => each !== undefined && each !== false);
  return [...new Map(all.map((each) => [each.name, each])).values()];
}
