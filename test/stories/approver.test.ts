import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { boardOf } from './board.ts';
import { pushes } from './look.ts';
import { startWorld, type World } from './world.ts';

let world: World;
let id: number;
beforeAll(async () => {
  world = await startWorld();
});
beforeEach(async () => {
  id = await world.fileBug();
  await world.until(id, 'plan-ready');
});
afterAll(() => world.close());

const patOf = (role: 'agent' | 'engineer' | 'other') => world.emulators.tenants.acme.secrets.pats[role];

/** The tile says why, waits again, and nothing was executed. */
async function expectRefused(why: string): Promise<void> {
  await world.eventually('the refusal on the tile', async () => {
    const said = (await world.comments(id)).some(({ text }) => text.includes('GATE_ACTOR') && text.includes(why));
    return said && (await world.engineer().state(id)) === 'Plan Ready';
  });
  const { item } = await world.until(id, 'plan-ready');
  expect(item?.approval).toBeUndefined();
  expect(await boardOf(world).states(id)).not.toContain('In Progress');
  expect(pushes(world)).toBe(0);
}

test("an approval by the agent's own identity is refused", async () => {
  await world.engineer('acme', patOf('agent')).move(id, 'Approved');
  await expectRefused('agent identity');
});

test('an approval by a person who is no approver is refused', async () => {
  await world.engineer('acme', patOf('other')).move(id, 'Approved');
  await expectRefused('not one of the approvers');
});

test('an approval that another forged in the name of an approver is refused', async () => {
  const forged = { 'System.State': 'Approved', 'System.ChangedBy': 'erin@acme.example.com' };
  await boardOf(world, 'acme', patOf('other')).set(id, forged, true);
  await expectRefused('Oscar Other');
});
