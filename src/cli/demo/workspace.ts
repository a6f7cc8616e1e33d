/** Writes a workspace whose code change agents work against the emulators: one parent, and a child for each customer. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Emulators } from '../../../emulators/start.ts';
import { branchOf, customerOf, projectOf, type TenantName } from '../../../emulators/tenants.ts';
import { known } from '../../base/known.ts';
import { schemaPathOf, writeSchema } from '../setup/schema-file.ts';

export interface DemoAgent {
  tenant: TenantName;
  testCommand?: string | undefined;
  /** Where its pull requests are; GitHub by default. */
  provider?: 'azure-repos';
  /** More fields of jvAgent.json, merged over the ones here, block by block. */
  config?: Readonly<
    Record<string, Readonly<Record<string, unknown>> | string | boolean | readonly string[] | undefined>
  >;
}

const parentInstructions = `# Code change agents

Make the smallest change that does what the work item asks, in the style of the code around it.
Commits are Conventional Commits that name the work item. Run the repository's tests before you commit.
`;

export const stateMapping = {
  new: 'New',
  planning: 'Planning',
  planReady: 'Plan Ready',
  approved: 'Approved',
  inProgress: 'In Progress',
  prCreated: 'PR Created',
  deployed: 'Deployed',
  rejected: 'Rejected',
  failed: 'Failed',
};

function configOf({ urls, tenants }: Emulators, { tenant, testCommand, provider, config = {} }: DemoAgent) {
  const id = `codechange/${tenant}`;
  const blocks: Record<string, unknown> = {
    $schema: schemaPathOf(id),
    id,
    name: `Code Change Agent, ${customerOf(tenant)}`,
    description: `Code changes for ${customerOf(tenant)}.`,
    subscriptions: [{ pattern: `agent/codechange/${tenant}/**` }],
    autoRun: { enabled: true, debounceMs: 0 },
    heartbeat: '*/2 * * * * *',
    devops: {
      organization: tenant,
      project: projectOf(tenant),
      baseUrl: urls.azureDevOps,
      workItemTypes: ['Bug', 'Task', 'Product Backlog Item', 'User Story'],
      stateMapping,
      approvers: [`erin@${tenant}.example.com`],
    },
    git: {
      customerBranch: branchOf(tenant),
      branchPrefix: `feature/${tenant}-`,
      ...(provider ? { provider } : { provider: 'github', apiUrl: urls.github }),
      author: `Code Change Agent <agent@${tenant}.example.com>`,
      ...known({ testCommand: testCommand || undefined }),
    },
    instance: { url: tenants[tenant].instanceUrl, name: customerOf(tenant) },
  };
  for (const [name, value] of Object.entries(config)) {
    const before = blocks[name];
    const isBlock = typeof before === 'object' && typeof value === 'object';
    blocks[name] = isBlock ? { ...before, ...value } : value;
  }
  return blocks;
}

function secretsOf({ tenants }: Pick<Emulators, 'tenants'>, { tenant, provider }: DemoAgent): string {
  const { secrets, remote, azureRepos } = tenants[tenant];
  return [
    `AZDO_PAT=${secrets.pats.agent}`,
    `GIT_TOKEN=${provider ? secrets.pats.agent : secrets.gitTokens.agent}`,
    `GIT_REMOTE=${provider ? azureRepos.remote : remote}`,
    `INSTANCE_API_TOKEN=${secrets.instanceToken}`,
    '',
  ].join('\n');
}

const folderOf = (root: string, { tenant }: DemoAgent) => join(root, 'codechange', tenant);

/** Writes the agent's tokens, as they are at the emulators now. */
export function writeSecrets(root: string, emulators: Pick<Emulators, 'tenants'>, agent: DemoAgent): void {
  writeFileSync(join(folderOf(root, agent), 'secrets.env'), secretsOf(emulators, agent), { mode: 0o600 });
}

/** Makes `root` a workspace. Files of these names that exist already are overwritten. */
export function writeDemoWorkspace(root: string, emulators: Emulators, agents: readonly DemoAgent[]): void {
  const folder = join(root, 'codechange');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const write = (path: string, text: string) => writeFileSync(path, text, { mode: 0o600 });
  writeSchema(root);
  const parent = { $schema: schemaPathOf('codechange'), id: 'codechange', name: 'Code Change Agent' };
  write(join(folder, 'jvAgent.json'), `${JSON.stringify(parent, null, 2)}\n`);
  write(join(folder, 'CLAUDE.md'), parentInstructions);
  for (const agent of agents) {
    const own = folderOf(root, agent);
    mkdirSync(own, { recursive: true, mode: 0o700 });
    write(join(own, 'jvAgent.json'), `${JSON.stringify(configOf(emulators, agent), null, 2)}\n`);
    const { tenant } = agent;
    write(join(own, 'CLAUDE.md'), `# ${customerOf(tenant)}\n\nTheir branch is ${branchOf(tenant)}.\n`);
    writeSecrets(root, emulators, agent);
  }
}
