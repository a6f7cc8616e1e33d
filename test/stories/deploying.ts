/** What stories of deployments look at: the target branch, what the instance was given, and how its commits lie to each other. */
import { git } from '../../emulators/git-http/git.ts';
import { branchOf, type TenantName } from '../../emulators/tenants.ts';
import { approved, pullRequestOf } from './road.ts';
import type { World } from './world.ts';

export interface Deploying {
  /** A work item whose change is in a pull request, whether the platform is just looking at it or not. */
  inReview(title: string): Promise<number>;
  /** Merges the work item's pull request as the engineer; the commit that the target branch has then. */
  merge(workItemId: number, method?: 'merge' | 'squash' | 'rebase'): Promise<string>;
  /** Deploys a commit past the platform, as the customer's own pipeline does. */
  byHand(sha: string): Promise<void>;
  /** Takes files out of the target branch as the engineer, which reverts what added them; the new commit. */
  revert(path: string): Promise<string>;
  /** The commits that the instance was given, oldest first; a rollback by the commit it came back to. */
  given(): string[];
  /** The instance takes no deployment until the faults are cleared. */
  takeNone(): void;
  /** Whether the second commit is the first or contains it. */
  contains(earlier: string, later: string): Promise<boolean>;
}

export function deployingIn(world: World, tenant: TenantName = 'acme'): Deploying {
  const { directory, instance, instanceUrl, secrets } = world.emulators.tenants[tenant];
  const target = branchOf(tenant);
  const head = () => git(directory, ['rev-parse', '--verify', target]);
  return {
    async inReview(title) {
      const id = await approved(world, title, tenant);
      const phase = async () => (await world.session(id, tenant))?.item?.phase;
      await world.eventually('a pull request', async () => (await phase()) === 'pr-created');
      return id;
    },
    async merge(workItemId, method = 'merge') {
      await world.engineer(tenant).merge(await pullRequestOf(world, workItemId, tenant), method);
      return head();
    },
    async byHand(sha) {
      const headers = { authorization: `Bearer ${secrets.instanceToken}`, 'content-type': 'application/json' };
      const body = JSON.stringify({ sha });
      const answer = await fetch(`${instanceUrl}/deployments`, { method: 'POST', headers, body });
      if (!answer.ok) throw new Error(await answer.text());
      await world.eventually('the deployment by hand', () => instance.version() === sha);
    },
    async revert(path) {
      const who = `committer Erin Engineer <erin@${tenant}.example.com> ${Math.floor(Date.now() / 1_000)} +0000`;
      const commit = `commit refs/heads/${target}\n${who}\ndata 6\nrevert\nfrom ${await head()}\nD ${path}\n`;
      await git(directory, ['fast-import', '--quiet'], { input: commit });
      return head();
    },
    given: () => instance.history().map(({ sha }) => sha),
    takeNone: () =>
      world.fault({
        target: 'instance',
        tenant,
        match: { method: 'POST' },
        do: { status: 500, body: 'not now' },
      }),
    contains: async (earlier, later) => (await git(directory, ['merge-base', earlier, later])) === earlier,
  };
}
