/** A customer's branch with a name that git takes and that means something else in a url, a pattern or an expression. */
import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, test } from 'vitest';
import { git } from '../../emulators/git-http/git.ts';
import { startWorld, type World } from './world.ts';

const branch = 'kunde/müller+eu';

let world: World;
afterEach(() => world.close());

async function start(host: { provider?: 'azure-repos' }) {
  const config = { git: { customerBranch: branch, protectedBranches: ['kunde/*', 'release/2.0+eu'] } };
  world = await startWorld({
    agents: [{ tenant: 'acme', ...host, config }],
    prepare({ emulators }) {
      const { directory } = emulators.tenants.acme;
      execFileSync('/usr/bin/git', ['-C', directory, 'branch', branch, 'customer/acme']);
    },
  });
}

/** The work item in a pull request, and what the customer's branch and the emulators' own one hold by then. */
async function reviewed() {
  const engineer = world.engineer();
  const id = await world.fileBug();
  await world.until(id, 'plan-ready');
  await engineer.move(id, 'Approved');
  const { item } = await world.until(id, 'pr-created');
  return { id, engineer, review: item?.review, ours: item?.change?.branch };
}

const shaOf = (name: string) => git(world.emulators.tenants.acme.directory, ['rev-parse', `refs/heads/${name}`]);

/** The merge is on that branch and on no other, and is what the instance runs. */
async function expectDeployed(id: number, otherBefore: string) {
  const { item } = await world.until(id, 'deployed');
  expect(item?.deployment?.mergedSha).toBe(await shaOf(branch));
  expect(world.emulators.tenants.acme.instance.version()).toBe(await shaOf(branch));
  expect(await shaOf('customer/acme')).toBe(otherBefore);
}

describe(`the branch ${branch}`, () => {
  test('is planned against, merged into and deployed from at GitHub', async () => {
    await start({});
    const other = await shaOf('customer/acme');
    const { id, engineer, review } = await reviewed();
    const { repository, secrets } = world.emulators.tenants.acme;
    const query = new URLSearchParams({ base: branch });
    const answer = await fetch(`${world.emulators.urls.github}/repos/${repository}/pulls?${query}`, {
      headers: { authorization: `Bearer ${secrets.gitTokens.engineer}` },
    });
    expect(await answer.json()).toMatchObject([{ number: review?.number, base: { ref: branch } }]);
    await engineer.merge(review?.number ?? 0);
    await expectDeployed(id, other);
  });

  test('is planned against, merged into and deployed from at Azure Repos', async () => {
    await start({ provider: 'azure-repos' });
    const other = await shaOf('customer/acme');
    const { id, review } = await reviewed();
    const [code] = world.emulators.azureDevOps.tenant('acme').repositories;
    const pull = code?.pulls.find((one) => one.id === review?.number);
    expect(pull?.target).toBe(branch);
    const url = review?.url ?? '';
    const { item } = (await world.session(id)) ?? {};
    const seen = item?.change?.commit?.sha ?? '';
    for (const form of [{ action: 'publish' }, { action: 'complete', strategy: 'noFastForward', seen }]) {
      const headers = { origin: new URL(url).origin };
      const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(form), headers, redirect: 'manual' });
      expect(answer.status, await answer.text()).toBe(303);
    }
    await expectDeployed(id, other);
  });
});
