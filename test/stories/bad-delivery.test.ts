import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { git } from '../../emulators/git-http/git.ts';
import { globexPlans, requestsOf, startBeside, whyAcmeWaits } from './beside.ts';
import { pushes } from './look.ts';
import { approved, delivered, pullRequestOf } from './road.ts';
import {
  adding,
  commit,
  executing,
  openPullRequest,
  planning,
  put,
  say,
  scriptOf,
  submitPlan,
  write,
} from './scripts.ts';
import type { World } from './world.ts';

const atOnce = 'An item whose secret is found and taken out at once';
const later = 'An item whose secret is taken out in the next turn';
const note = 'docs/secret.md';
const secret = write(note, 'TOKEN-1\n');
const noSecret = [put(note, 'no token'), commit, openPullRequest, say('Handed over.')];
const planned = (title: string) =>
  planning(title, [submitPlan({ files: [{ path: note, change: 'new' }] }), say('The plan is handed in.')]);
const titles = ['refused', 'overtaken', 'held up', 'unanswered'].map((fate) => `An item whose delivery is ${fate}`);
const [refused = '', overtaken = '', heldUp = '', unanswered = ''] = titles;

let world: World;
beforeAll(async () => {
  world = await startBeside({
    acme: { git: { testCommand: 'test -d docs' } },
    script: scriptOf(
      planned(atOnce),
      planned(later),
      executing(atOnce, [secret, commit, openPullRequest, ...noSecret]),
      executing(`${later}.*PUSH PROTECTION`, noSecret),
      executing(later, [secret, commit, openPullRequest, say('Handed over.')]),
      ...titles.flatMap((title, at) => adding(`docs/${at}.md`, title)),
    ),
  });
});
afterEach(() => world.emulators.faults.clear());
afterAll(() => world.close());

/** A rule of the remote that no token's rights tell of, until the test ends. */
function refusePushes(script = 'echo "error: GH013: commits here must be signed." >&2\nexit 1\n'): void {
  const file = join(world.emulators.tenants.acme.directory, 'hooks/pre-receive');
  const before = readFileSync(file);
  writeFileSync(file, `#!/bin/sh\n${script}`);
  onTestFinished(() => writeFileSync(file, before));
}

/** Looks at every commit of a push, as push protection does, and counts its refusals in a file. */
const protection = (log: string) => `while read old new ref; do
  for commit in $(git rev-list "$new" --not --all); do
    if git grep -q TOKEN- "$commit"; then
      echo "$commit" >> ${log}
      echo "error: GH013: GITHUB PUSH PROTECTION: Push cannot contain secrets" >&2
      exit 1
    fi
  done
done
`;

const deployed = () => world.emulators.tenants.acme.instance.history().map(({ sha }) => sha);
const branchOf = (id: number) => world.branches().find((name) => name.startsWith(`feature/acme-${id}`));

test("a push that the remote's own rules reject fails its item in the remote's words, and nothing is pushed", async () => {
  refusePushes();
  const id = await approved(world, refused);
  const [{ item }] = await Promise.all([world.until(id, 'failed'), globexPlans(world)]);
  expect(item?.refusal).toMatchObject({
    refused: 'PUSH_REJECTED',
    why: expect.stringContaining('GH013: commits here must be signed.'),
    fix: expect.stringContaining('change its rules or the token'),
  });
  expect(await world.engineer().state(id)).toBe('Failed');
  expect((await world.comments(id)).at(-1)?.text).toContain('GH013: commits here must be signed.');
  expect(world.branches()).toEqual(['customer/acme', 'main']);
});

test('a pull request that a person opened from our branch is adopted, and no second one is opened', async () => {
  const { urls, tenants } = world.emulators;
  const pulls = `${urls.github}/repos/${tenants.acme.repository}/pulls`;
  const headers = { authorization: `Bearer ${tenants.acme.secrets.gitTokens.engineer}` };
  const openings = { method: 'POST', path: '/pulls$' };
  world.fault({ target: 'github', tenant: 'acme', match: openings, times: 1, do: { delayMs: 4_000 } });
  const pushed = pushes(world);
  const id = await approved(world, overtaken);
  await world.eventually('an opening', () =>
    requestsOf(world, 'acme').some(({ method, path }) => method === 'POST' && path.endsWith('/pulls')),
  );
  const answer = await fetch(pulls, {
    method: 'POST',
    headers,
    body: JSON.stringify({ title: 'I was faster', head: branchOf(id), base: 'customer/acme' }),
  });
  const { number } = (await answer.json()) as { number: number };
  const { item } = await world.until(id, 'pr-created');
  expect(item?.review?.number).toBe(number);
  const all = await fetch(`${pulls}?state=all`, { headers });
  expect(await all.json()).toHaveLength(1);
  expect(pushes(world) - pushed).toBe(1);
});

test('an instance that answers 500 is named while the item waits, and gets its deployment once it is healthy', async () => {
  world.fault({
    target: 'instance',
    tenant: 'acme',
    match: { method: 'POST' },
    do: { status: 500, body: 'out of disk' },
  });
  const id = await delivered(world, heldUp);
  await world.engineer().merge(await pullRequestOf(world, id));
  const [waits] = await Promise.all([whyAcmeWaits(world, 'OUTSIDE_UNREACHABLE', id), globexPlans(world)]);
  expect(waits.why).toMatch(/^instance 127\.0\.0\.1:\d+: POST \/deployments answered 500 out of disk/);
  expect((await world.session(id))?.phase).toBe('deploying');
  world.emulators.faults.clear();
  const { item } = await world.until(id, 'deployed');
  expect(deployed()).toEqual([item?.deployment?.mergedSha]);
});

test('an instance that took a deployment and never answered is not deployed to twice', async () => {
  const before = deployed();
  world.fault({
    target: 'instance',
    tenant: 'acme',
    match: { method: 'POST' },
    times: 1,
    do: { dropAnswer: true, afterCommit: true },
  });
  const id = await delivered(world, unanswered);
  await world.engineer().merge(await pullRequestOf(world, id));
  const { item } = await world.until(id, 'deployed');
  expect(world.emulators.tenants.acme.instance.version()).toBe(item?.deployment?.mergedSha);
  expect(deployed()).toEqual([...before, item?.deployment?.mergedSha]);
  expect(await world.log(id)).toContain('got no answer');
});

test.each([
  ['in the same turn', atOnce],
  ['in the next turn', later],
])(
  'a push that is refused for a secret is told to the model, which takes it out %s: it is in no pushed commit',
  async (_, title) => {
    const log = join(world.root, `refused-${title.length}`);
    refusePushes(protection(log));
    const id = await approved(world, title);
    const { item } = await world.until(id, 'pr-created');
    const refusals = readFileSync(log, 'utf8').trim().split('\n');
    expect(refusals).toHaveLength(1);
    const { directory } = world.emulators.tenants.acme;
    const history = await git(directory, ['rev-list', item?.change?.branch ?? '']);
    expect(history).not.toContain(refusals[0]);
    expect(history.split('\n')).toContain(item?.plan?.baseSha);
    expect(await git(directory, ['rev-parse', `${item?.change?.branch}^`])).toBe(item?.plan?.baseSha);
  },
);
