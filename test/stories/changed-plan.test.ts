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

async function planComment() {
  const found = (await boardOf(world).comments(id)).findLast(({ text }) => text.includes('[jv:plan:'));
  if (!found) throw new Error('no plan stands on the tile');
  return found;
}

/** The tile says the code and waits for a person again; nothing was executed. */
async function expectRefused(code: string): Promise<void> {
  await world.eventually(`${code} on the tile`, async () => {
    const said = (await world.comments(id)).some(({ text }) => text.includes(code));
    return said && (await world.engineer().state(id)) === 'Plan Ready';
  });
  await world.until(id, 'plan-ready');
  expect(await boardOf(world).states(id)).not.toContain('In Progress');
  expect(pushes(world)).toBe(0);
}

test('a plan whose comment was edited is not carried out, and is posted anew once it is rejected', async () => {
  const { id: comment, text } = await planComment();
  await boardOf(world).editComment(id, comment, text.replace('jsonpointer.js', 'package.json'));
  await world.engineer().move(id, 'Approved');
  await expectRefused('GATE_PLAN');

  await world.engineer().move(id, 'Rejected');
  await world.eventually('a new comment with the plan', async () => (await planComment()).id !== comment);
  const { item } = await world.until(id, 'plan-ready');
  expect(item?.plan?.posted?.commentId).toBe((await planComment()).id);
});

test('a plan whose comment was deleted is not carried out', async () => {
  await boardOf(world).deleteComment(id, (await planComment()).id);
  await world.engineer().move(id, 'Approved');
  await expectRefused('GATE_PLAN');
});

test('a work item edited and approved in the same breath is planned anew', async () => {
  const before = (await world.session(id))?.item?.plan;
  const description = 'Also refuse /prototype, wherever it stands.';
  await boardOf(world).set(id, { 'System.Description': description, 'System.State': 'Approved' });
  await expectRefused('GATE_CONTENT');
  const { item } = await world.until(id, 'plan-ready');
  expect(item?.plan?.contentHash).not.toBe(before?.contentHash);
});

test('a work item edited while its plan waits is planned anew, and no rejection is counted', async () => {
  const before = (await world.session(id))?.item?.plan;
  await world.engineer().setField(id, 'System.Description', 'Also refuse /prototype, wherever it stands.');
  await expectRefused('GATE_CONTENT');
  const { item } = await world.until(id, 'plan-ready');
  expect(item?.plan?.contentHash).not.toBe(before?.contentHash);
  expect(item?.replans).toBe(0);
});
