import { afterAll, beforeAll, expect, test } from 'vitest';
import { boardOf } from './board.ts';
import { isPlan, pushes } from './look.ts';
import { planned } from './road.ts';
import { startWorld, type World } from './world.ts';

let world: World;
let id: number;
beforeAll(async () => {
  world = await startWorld();
  id = await planned(world, 'An item whose plan is not what it was');
});
afterAll(() => world.close());

async function planComment() {
  const found = (await boardOf(world).comments(id)).findLast(isPlan);
  if (!found) throw new Error('there is no plan on the tile');
  return found;
}

/** What people do has the tile say the code, once more, and wait for a person again; nothing is executed. */
async function expectRefused(code: string, act: () => Promise<unknown>): Promise<void> {
  const timesSaid = async () => (await world.comments(id)).filter(({ text }) => text.includes(code)).length;
  const before = await timesSaid();
  await act();
  await world.eventually(`${code} on the tile`, async () => {
    return (await timesSaid()) > before && (await world.engineer().state(id)) === 'Plan Ready';
  });
  await world.until(id, 'plan-ready');
  expect(await boardOf(world).states(id)).not.toContain('In Progress');
  expect(pushes(world)).toBe(0);
}

test('a plan whose comment was edited is not carried out, and is posted again once it is rejected', async () => {
  const { id: comment, text } = await planComment();
  await boardOf(world).editComment(id, comment, text.replace('jsonpointer.js', 'package.json'));
  await expectRefused('GATE_PLAN', () => world.engineer().move(id, 'Approved'));

  await world.engineer().move(id, 'Rejected');
  await world.eventually('a new comment with the plan', async () => (await planComment()).id !== comment);
  const { item } = await world.until(id, 'plan-ready');
  expect(item?.plan?.posted?.commentId).toBe((await planComment()).id);
});

test('a plan whose comment was deleted is not carried out', async () => {
  await boardOf(world).deleteComment(id, (await planComment()).id);
  await expectRefused('GATE_PLAN', () => world.engineer().move(id, 'Approved'));
});

test('a work item edited and approved at the same time is planned again', async () => {
  const before = (await world.session(id))?.item?.plan;
  const description = 'Also refuse /prototype, wherever it stands.';
  const edited = { 'System.Description': description, 'System.State': 'Approved' };
  await expectRefused('GATE_CONTENT', () => boardOf(world).set(id, edited));
  const { item } = await world.until(id, 'plan-ready');
  expect(item?.plan?.contentHash).not.toBe(before?.contentHash);
});

test('a work item edited while its plan waits is planned again, and no rejection is counted', async () => {
  const before = (await world.session(id))?.item;
  const description = 'Refuse /constructor too.';
  await expectRefused('GATE_CONTENT', () => world.engineer().setField(id, 'System.Description', description));
  const { item } = await world.until(id, 'plan-ready');
  expect(item?.plan?.contentHash).not.toBe(before?.plan?.contentHash);
  expect(item?.counts.replans).toBe(before?.counts.replans);
});
