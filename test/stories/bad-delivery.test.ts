import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Emulators } from '../../emulators/start.ts';
import { globexPlans, requestsOf, startBeside, whyAcmeWaits } from './beside.ts';
import { pushes } from './look.ts';
import type { World } from './world.ts';

let world: World;
afterEach(() => world.close());

/** Acme's item, its plan approved. */
async function approved(): Promise<number> {
  const id = await world.fileBug();
  await world.until(id, 'plan-ready');
  await world.engineer().move(id, 'Approved');
  return id;
}

/** Acme's item, its pull request merged. */
async function merged(): Promise<number> {
  const id = await approved();
  const { item } = await world.until(id, 'pr-created');
  await world.engineer().merge(item?.pullRequest?.number ?? 0);
  return id;
}

/** A rule of the remote that no token's rights tell of. */
function refusePushes({ tenants }: Emulators): void {
  const hook = '#!/bin/sh\necho "error: GH013: commits here must be signed." >&2\nexit 1\n';
  writeFileSync(join(tenants.acme.directory, 'hooks/pre-receive'), hook);
}

test("a push that the remote's own rules reject fails its item in the remote's words, and nothing is pushed", async () => {
  world = await startBeside({ prepare: ({ emulators }) => refusePushes(emulators) });
  const id = await approved();
  const [{ item }] = await Promise.all([world.until(id, 'failed'), globexPlans(world)]);
  expect(item?.refusal).toMatchObject({
    refused: 'PUSH_REJECTED',
    why: expect.stringContaining('GH013: commits here must be signed.'),
    mend: expect.stringContaining('change its rules or the token'),
  });
  expect(await world.engineer().state(id)).toBe('Failed');
  expect((await world.comments(id)).at(-1)?.text).toContain('GH013: commits here must be signed.');
  expect(world.branches()).toEqual(['customer/acme', 'main']);
});

test('a pull request that a person opened from our branch meanwhile is taken as ours, and there is no second one', async () => {
  world = await startBeside();
  const { urls, tenants } = world.emulators;
  const openings = { method: 'POST', path: '/pulls$' };
  world.fault({ target: 'github', tenant: 'acme', match: openings, times: 1, do: { delayMs: 4_000 } });
  const id = await approved();
  await world.eventually('a push', () => world.branches().some((name) => name.startsWith('feature/acme-')));
  await world.eventually('an opening', () =>
    requestsOf(world, 'acme').some(({ method, path }) => method === 'POST' && path.endsWith('/pulls')),
  );
  const head = world.branches().find((name) => name.startsWith('feature/acme-'));
  const answer = await fetch(`${urls.github}/repos/${tenants.acme.repository}/pulls`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenants.acme.secrets.gitTokens.engineer}` },
    body: JSON.stringify({ title: 'I was faster', head, base: 'customer/acme' }),
  });
  const { number } = (await answer.json()) as { number: number };
  const [{ item }] = await Promise.all([world.until(id, 'pr-created'), globexPlans(world)]);
  expect(item?.pullRequest?.number).toBe(number);
  const all = await fetch(`${urls.github}/repos/${tenants.acme.repository}/pulls?state=all`, {
    headers: { authorization: `Bearer ${tenants.acme.secrets.gitTokens.engineer}` },
  });
  expect(await all.json()).toHaveLength(1);
  expect(pushes(world)).toBe(1);
});

test('an instance that answers 500 is named while the item waits, and gets its deployment once it is well', async () => {
  world = await startBeside();
  world.fault({
    target: 'instance',
    tenant: 'acme',
    match: { method: 'POST' },
    do: { status: 500, body: 'out of disk' },
  });
  const id = await merged();
  const [waits] = await Promise.all([whyAcmeWaits(world, 'OUTSIDE_UNREACHABLE', id), globexPlans(world)]);
  expect(waits.why).toMatch(/^instance 127\.0\.0\.1:\d+: POST \/deployments answered 500 out of disk/);
  expect((await world.session(id))?.phase).toBe('deploying');
  world.emulators.faults.clear();
  const { item } = await world.until(id, 'deployed');
  expect(world.emulators.tenants.acme.instance.history().map(({ sha }) => sha)).toEqual([item?.mergedSha]);
});

test('an instance that took a deployment and never answered is not deployed to twice', async () => {
  world = await startBeside();
  world.fault({
    target: 'instance',
    tenant: 'acme',
    match: { method: 'POST' },
    times: 1,
    do: { dropAnswer: true, afterCommit: true },
  });
  const id = await merged();
  const [{ item }] = await Promise.all([world.until(id, 'deployed'), globexPlans(world)]);
  const { instance } = world.emulators.tenants.acme;
  expect(instance.version()).toBe(item?.mergedSha);
  expect(instance.history()).toHaveLength(1);
  expect(await world.log(id)).toContain('got no answer');
});
