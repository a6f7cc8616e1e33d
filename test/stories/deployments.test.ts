import { afterEach, expect, test } from 'vitest';
import { type Deploying, deployingIn } from './deploying.ts';
import { explained, jvagent } from './operator.ts';
import { delivered } from './road.ts';
import { adding, scriptOf } from './scripts.ts';
import { startWorld, type World } from './world.ts';

const [first, second] = ['The item that is merged first', 'The item that is merged second'];
const script = scriptOf(...adding('docs/first.md', first), ...adding('docs/second.md', second));

let world: World;
let deploying: Deploying;
afterEach(() => world.close());

async function start(deploy: Record<string, unknown> = {}): Promise<void> {
  const config = { git: { testCommand: 'test -d docs' }, instance: { deploy } };
  world = await startWorld({ script, agents: [{ tenant: 'acme', config }] });
  deploying = deployingIn(world);
}

test('deployments go to an instance one at a time, in the order of the merges', async () => {
  await start();
  const [one, two] = await Promise.all([delivered(world, first), delivered(world, second)]);
  deploying.takeNone();
  const shaOne = await deploying.merge(one);
  const shaTwo = await deploying.merge(two);
  const waits = await explained(world, two, 'OVERLAP');
  expect(waits).toMatchObject({ phase: 'deploying', waitingFor: 'another work item' });
  expect(waits.why).toContain(`work item ${one}`);
  expect(deploying.given()).toEqual([]);
  world.emulators.faults.clear();
  await world.until(one, 'deployed');
  await world.until(two, 'deployed');
  expect(deploying.given()).toEqual([shaOne, shaTwo]);
});

test('after a failed deployment the instance goes back, and what contains the merge waits for a release', async () => {
  await start();
  const { instance, commit } = world.emulators.tenants.acme;
  const [one, two] = await Promise.all([delivered(world, first), delivered(world, second)]);
  deploying.takeNone();
  const shaOne = await deploying.merge(one);
  instance.breakHealthAt(shaOne);
  world.emulators.faults.clear();
  const { item } = await world.until(one, 'failed');
  expect(item?.refusal).toMatchObject({ refused: 'HOLD', why: expect.stringContaining(commit.slice(0, 12)) });
  expect(instance.version()).toBe(commit);
  expect(await world.engineer().state(one)).toBe('Failed');

  const shaTwo = await deploying.merge(two);
  expect(await explained(world, two, 'HOLD')).toMatchObject({ phase: 'deploying' });
  expect(instance.history()).toHaveLength(2);
  await jvagent(world, 'release', 'codechange/acme');
  await world.until(two, 'deployed');
  expect(instance.version()).toBe(shaTwo);
});

test('a freeze keeps the merge from the instance, and the item sleeps until it is over', async () => {
  await start({ freeze: ['Mon 00:00-Mon 00:00 UTC'] });
  const id = await delivered(world, first);
  await deploying.merge(id);
  const { why } = await explained(world, id, 'FREEZE');
  const until = Date.parse(/until (\S+)$/.exec(why)?.[1] ?? '');
  expect(until).toBeGreaterThan(Date.now());
  // A look at the board may wake it before; by itself it sleeps until then.
  await world.eventually('a long sleep', async () => ((await world.session(id))?.wakeAt ?? 0) >= until);
  expect(deploying.given()).toEqual([]);
});

test("where the customer's own pipeline deploys, nothing is sent, and the item ends when the instance reports the merge", async () => {
  await start({ mode: 'observe' });
  const id = await delivered(world, first);
  const sha = await deploying.merge(id);
  expect(await explained(world, id, 'OUTSIDE_LIMITED')).toMatchObject({ phase: 'deploying' });
  expect(deploying.given()).toEqual([]);
  await deploying.byHand(sha);
  const { item } = await world.until(id, 'deployed');
  expect(item?.deployedSha).toBe(sha);
  expect(await world.engineer().state(id)).toBe('Deployed');
});

test('where nothing is deployed, the item ends at its merge and its tile stays', async () => {
  await start({ mode: 'off' });
  const id = await delivered(world, first);
  const sha = await deploying.merge(id);
  const { item, closedAt } = await world.until(id, 'deployed');
  expect(item).toMatchObject({ mergedSha: sha });
  expect([item?.deployedSha, closedAt === undefined]).toEqual([undefined, false]);
  expect(await world.engineer().state(id)).toBe('PR Created');
  expect((await world.comments(id)).at(-1)?.text).toContain('This agent deploys nothing');
  expect(deploying.given()).toEqual([]);
});
