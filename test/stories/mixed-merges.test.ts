import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Deploying, deployingIn } from './deploying.ts';
import { beats } from './look.ts';
import { explained, jvagent } from './operator.ts';
import { reviewing } from './reviewing.ts';
import { pullRequestOf } from './road.ts';
import { adding, scriptOf } from './scripts.ts';
import { startWorld, type World } from './world.ts';

const names = ['squashed', 'rebased', 'helped', 'overtaken', 'overtaking', 'broken', 'held'] as const;
/** A commit that is in nobody's repository. */
const unknown = 'f'.repeat(40);
type Name = (typeof names)[number];
const titleOf = (name: Name) => `An item that is ${name} in the end`;

let world: World;
let deploying: Deploying;
beforeAll(async () => {
  world = await startWorld({
    script: scriptOf(...names.flatMap((name) => adding(`docs/${name}.md`, titleOf(name)))),
    agents: [
      {
        tenant: 'acme',
        config: { git: { testCommand: 'test -d docs' }, instance: { deploy: { health: { settleMinutes: 0 } } } },
      },
    ],
  });
  deploying = deployingIn(world);
});
afterAll(() => world.close());

/** Two items in review. */
const both = (one: Name, two: Name) =>
  Promise.all([deploying.inReview(titleOf(one)), deploying.inReview(titleOf(two))]);
const running = () => world.emulators.tenants.acme.instance.version();

/** The item's merge is deployed, the tile says so, and the instance runs it. */
async function expectDeployed(id: number, sha: string): Promise<void> {
  const { item } = await world.until(id, 'deployed');
  expect([item?.deployment?.mergedSha, item?.deployment?.deployedSha]).toEqual([sha, sha]);
  expect(await deploying.contains(sha, running())).toBe(true);
  await world.eventually('Deployed', async () => (await world.engineer().state(id)) === 'Deployed');
}

test('squash and rebase merges go to an instance one at a time, in their order, whatever their tiles say already', async () => {
  const engineer = world.engineer();
  const [one, two] = await both('squashed', 'rebased');
  deploying.takeNone();
  const [shaOne] = await Promise.all([deploying.merge(one, 'squash'), engineer.move(one, 'Removed')]);
  const [shaTwo] = await Promise.all([deploying.merge(two, 'rebase'), engineer.move(two, 'Deployed')]);
  const waits = await explained(world, two, 'OVERLAP');
  expect(waits).toMatchObject({ phase: 'deploying', waitingFor: 'another work item' });
  expect(waits.why).toContain(`work item ${one}`);
  expect(deploying.given()).toEqual([]);
  world.emulators.faults.clear();
  await expectDeployed(one, shaOne);
  await expectDeployed(two, shaTwo);
  expect(deploying.given()).toEqual([shaOne, shaTwo]);
  for (const id of [one, two]) {
    const { item } = (await world.session(id)) ?? {};
    expect(item?.deployment?.mergedSha).not.toBe(item?.change?.commit?.sha);
  }
});

test("people's commits, deployments by hand and merges that overtake each other never make it go backwards", async () => {
  const before = deploying.given();
  const well = running();
  const people = reviewing(world);
  const second = await deploying.inReview(titleOf('helped'));
  const branch = (await world.session(second))?.item?.change?.branch ?? '';
  await people.push(branch, { 'docs/people.md': 'By people.\n' });
  await deploying.byHand(unknown);
  const helped = await deploying.merge(second);
  expect(await explained(world, second, 'DRIFT')).toMatchObject({ phase: 'deploying', fix: expect.any(String) });
  await deploying.byHand(well);
  await expectDeployed(second, helped);
  expect(await people.fileAt(running(), 'docs/people.md')).toBe('By people.');

  const [third, fourth] = await both('overtaken', 'overtaking');
  // The merge of one is seen only after that of another, which contains it, is deployed.
  const path = `/pulls/${await pullRequestOf(world, third)}$`;
  world.fault({ target: 'github', match: { method: 'GET', path }, do: { status: 404, body: {} } });
  const overtaken = await deploying.merge(third);
  const overtaking = await deploying.merge(fourth);
  await expectDeployed(fourth, overtaking);
  world.emulators.faults.clear();
  await expectDeployed(third, overtaken);
  expect(deploying.given()).toEqual([...before, unknown, well, helped, overtaking]);
});

test('after a merge that broke the instance the next one waits, until a person releases it', async () => {
  const { instance } = world.emulators.tenants.acme;
  const well = running();
  const [bad, next] = await both('broken', 'held');
  deploying.takeNone();
  const broken = await deploying.merge(bad, 'rebase');
  instance.breakHealthAt(broken);
  world.emulators.faults.clear();
  const { item } = await world.until(bad, 'failed');
  expect(item?.refusal).toMatchObject({ refused: 'HOLD', why: expect.stringContaining(well.slice(0, 12)) });
  expect(running()).toBe(well);
  expect(await world.engineer().state(bad)).toBe('Failed');

  const held = await deploying.merge(next);
  const { nextLookAt, ...waits } = await explained(world, next, 'HOLD');
  expect(nextLookAt).not.toBeNull();
  expect(waits).toMatchObject({ phase: 'deploying', fix: expect.stringContaining('jvagent release') });
  // A revert that came later is no part of the merge that waits.
  await deploying.revert('docs/broken.md');
  await beats(world);
  expect([await explained(world, next, 'HOLD'), running()]).toMatchObject([waits, well]);

  await jvagent(world, 'release', 'codechange/acme');
  await expectDeployed(next, held);
  const all = deploying.given();
  expect(all.slice(-3)).toEqual([broken, well, held]);
  const forth = all.filter((sha, at) => all.indexOf(sha) === at && ![broken, unknown].includes(sha));
  for (const [at, sha] of forth.slice(1).entries()) expect(await deploying.contains(forth[at] ?? '', sha)).toBe(true);
});
