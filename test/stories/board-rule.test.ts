import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boardOf } from './board.ts';
import { beats, said } from './look.ts';
import { planned } from './road.ts';
import { startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const rule = 'TF401320: Rule Error for field Effort. Error code: Required, InvalidEmpty.';

/** From now on a rule of the board refuses every change that the agent makes of a work item; its comments still get through. */
function refuseMoves({ emulators }: World): void {
  const header = `Basic ${Buffer.from(`:${emulators.tenants.acme.secrets.pats.agent}`).toString('base64')}`;
  const callers = [createHash('sha256').update(header).digest('hex').slice(0, 16)];
  const body = {
    customProperties: { RuleValidationErrors: [{ errorMessage: rule }] },
    message: rule,
    typeKey: 'RuleValidationException',
  };
  const match = { method: 'PATCH', path: '/workitems/\\d+\\?', callers };
  world.fault({ target: 'azureDevOps', match, do: { status: 400, body } });
}

const triedMoves = ({ emulators }: World) =>
  emulators.faults
    .requests()
    .filter(({ target, method, isStruck }) => target === 'azureDevOps' && method === 'PATCH' && isStruck);

test('a board rule that refuses our claim is told once and keeps the approval; once a person fixes it, the item continues', async () => {
  const id = await planned(world, 'Guard the keys');
  const before = (await world.comments(id)).length;
  refuseMoves(world);
  await world.engineer().move(id, 'Approved');
  await said(world, id, 'TF401320');
  await beats(world, 5);
  const barred = await world.session(id);
  expect(barred?.item).toMatchObject({
    phase: 'executing',
    approval: { by: { name: expect.any(String) } },
    counts: { attempts: 0 },
  });
  expect(triedMoves(world)).toHaveLength(1);
  const told = (await world.comments(id)).slice(before).map(({ text }) => text);
  expect(told.filter((text) => text.includes('A rule of the board refused'))).toHaveLength(1);
  expect(told).toHaveLength(1);

  world.emulators.faults.clear();
  await beats(world, 2);
  expect((await world.session(id))?.item?.barred).toBeDefined();
  await boardOf(world).set(id, { 'Microsoft.VSTS.Scheduling.Effort': 3 });
  await world.until(id, 'pr-created');
  expect(await boardOf(world).states(id)).toContain('In Progress');
});
