import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Deploying, deployingIn } from './deploying.ts';
import { said } from './look.ts';
import { explained } from './operator.ts';
import { adding, scriptOf } from './scripts.ts';
import { startWorld, type World } from './world.ts';

const names = ['sent', 'taken away', 'reverted'] as const;
const titleOf = (name: string) => `An item that is ${name} after its merge`;
/** So soon after the merge a move is part of it. */
const mergeFollowsMs = 10_000;
const stepMs = 1_500;
/** Looks at the ones leave room for the others. */
const config = {
  limits: { turnsAtOnceMax: 3 },
  git: { testCommand: 'test -d docs' },
};

let world: World;
let deploying: Deploying;
beforeAll(async () => {
  world = await startWorld({
    script: scriptOf(...names.flatMap((name, at) => adding(`docs/${at}.md`, titleOf(name)))),
    agents: [{ tenant: 'acme', config }],
  });
  deploying = deployingIn(world);
});
afterAll(() => world.close());

test('what people take away or revert after its merge is not deployed, and what was sent before is verified', async () => {
  const engineer = world.engineer();
  const { instance } = world.emulators.tenants.acme;
  const [sent, away, reverted] = await Promise.all([
    deploying.inReview(titleOf('sent')),
    deploying.inReview(titleOf('taken away')),
    deploying.inReview(titleOf('reverted')),
  ]);
  deploying.takeNone();
  const sha = await deploying.merge(sent);
  const isOnItsWay = async () => (await world.session(sent))?.item?.phase === 'deploying';
  await world.eventually('the first on its way', isOnItsWay);
  await deploying.merge(away);
  await deploying.merge(reverted);
  const mergedAt = Date.now();
  await explained(world, away, 'OVERLAP');
  await explained(world, reverted, 'OVERLAP');
  await deploying.revert('docs/2.md');
  await said(world, reverted, 'people reverted the merge');
  expect((await world.until(reverted, 'cancelled')).item?.refusal?.refused).toBe('GATE_STATE');

  await world.eventually('a move after the merge', () => Date.now() > mergedAt + mergeFollowsMs);
  await engineer.move(away, 'Rejected');
  await said(world, away, 'people moved the work item to "Rejected" after the merge');
  await said(world, away, 'stays on the target branch');
  await world.until(away, 'cancelled');

  instance.setStepMs(stepMs);
  world.emulators.faults.clear();
  await world.eventually('a running deployment', () => instance.history().length === 1);
  await engineer.move(sent, 'Removed');
  await world.until(sent, 'cancelled');
  await said(world, sent, `The instance runs commit ${sha.slice(0, 12)}`);
  expect([instance.version(), await engineer.state(sent)]).toEqual([sha, 'Removed']);
  expect(await engineer.state(away)).toBe('Rejected');
  expect(deploying.given()).toEqual([sha]);
});
