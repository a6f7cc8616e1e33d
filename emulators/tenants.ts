/** The two customers that every emulator knows: their people, tokens and projects, the same on every start. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { BranchPolicy, TenantOptions } from './azure-devops/model.ts';
import type { GitHubTenant } from './github/hosted.ts';

export type TenantName = 'acme' | 'globex';

export const tenantNames: readonly TenantName[] = ['acme', 'globex'];

type Role = 'agent' | 'engineer' | 'other';

export interface TenantSecrets {
  pats: Record<Role, string>;
  gitTokens: Record<Role, string>;
  instanceToken: string;
}

/** Random tokens, so that tests can prove that none leaks. */
export function newSecrets(): TenantSecrets {
  const token = (prefix: string) => `${prefix}${randomBytes(20).toString('hex')}`;
  return {
    pats: { agent: token('pat'), engineer: token('pat'), other: token('pat') },
    gitTokens: { agent: token('ghp_'), engineer: token('ghp_'), other: token('ghp_') },
    instanceToken: token('inst'),
  };
}

const places = {
  acme: { project: 'AcmeImplementation', customer: 'Acme Corp' },
  globex: { project: 'GlobexImplementation', customer: 'Globex Corporation' },
} as const;

export const projectOf = (tenant: TenantName): string => places[tenant].project;
/** The name of the tenant's instance. */
export const customerOf = (tenant: TenantName): string => places[tenant].customer;
/** The branch that is deployed to the tenant's instance. */
export const branchOf = (tenant: TenantName): string => `customer/${tenant}`;

const words = 'TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch.';
const policies = ['main', 'master', 'customer/*'].map((branch): BranchPolicy => ({ branch, refuses: 'push', words }));

/** The tenant in Azure DevOps: its board, and its repository in the project. */
export function boardsOf(
  tenant: TenantName,
  folder: string,
  repository: string,
  { pats }: TenantSecrets,
): TenantOptions {
  const mail = (name: string) => `${name}@${tenant}.example.com`;
  return {
    organization: tenant,
    project: projectOf(tenant),
    repositories: [{ name: repository, directory: directoryOf(folder, tenant, repository), policies }],
    areas: ['Web', 'Web\\Checkout', 'Billing'].map((area) => `${projectOf(tenant)}\\${area}`),
    iterations: ['Sprint 1', 'Sprint 2'].map((sprint) => `${projectOf(tenant)}\\${sprint}`),
    people: [
      { name: `Agent of ${customerOf(tenant)}`, mail: mail('agent'), pat: pats.agent, role: 'agent' },
      { name: 'Erin Engineer', mail: mail('erin'), pat: pats.engineer, role: 'engineer' },
      { name: 'Oscar Other', mail: mail('oscar'), pat: pats.other, role: 'other' },
      { name: 'Rita Release', mail: mail('rita'), role: 'other' },
      { name: 'Sam Smith', mail: mail('sam.smith'), role: 'other' },
      { name: 'Sam Smith', mail: mail('sam.smith2'), role: 'other' },
    ],
    groups: [
      { name: 'Release approvers', members: [mail('erin'), mail('rita')] },
      { name: 'Web Team', members: [mail('erin'), mail('sam.smith')], isTeam: true },
    ],
  };
}

/** The path of the tenant's bare repository. */
export function directoryOf(folder: string, tenant: TenantName, repository: string): string {
  return join(folder, `${tenant}-${repository}.git`);
}

export function codeOf(tenant: TenantName, folder: string, repository: string, secrets: TenantSecrets): GitHubTenant {
  const rights = { contents: 'write', pullRequests: 'write' } as const;
  const { agent, engineer, other } = secrets.gitTokens;
  const mail = (name: string) => `${name}@${tenant}.example.com`;
  return {
    owner: tenant,
    repository,
    directory: directoryOf(folder, tenant, repository),
    people: {
      agent: {
        login: `${tenant}-agent`,
        name: `Agent of ${customerOf(tenant)}`,
        email: mail('agent'),
        token: agent,
        ...rights,
        protectedBranches: ['main', 'master', 'customer/*'],
      },
      engineer: {
        login: 'erin',
        name: 'Erin Engineer',
        email: mail('erin'),
        token: engineer,
        ...rights,
        webhooks: 'write',
      },
      /** Can read and comment, but has no authority. */
      other: {
        login: 'oscar',
        name: 'Oscar Other',
        email: mail('oscar'),
        token: other,
        contents: 'read',
        pullRequests: 'write',
      },
    },
  };
}
