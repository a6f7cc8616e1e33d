import { afterAll, beforeAll, expect, test } from 'vitest';
import { boardOf } from './board.ts';
import { beats, modelRequests, pushes, said, tagsOf } from './look.ts';
import { approved, filed } from './road.ts';
import { ask, commit, edit, executing, gitOps, planning, say, scriptOf, submitPlan } from './scripts.ts';
import { startWorld, type World } from './world.ts';

const planless = 'An item whose model makes no plan';
const idle = 'An item whose model changes nothing';
const brief = 'An item whose model only commits';
const pushing = 'An item whose model only pushes';
const curious = 'An item whose model asks while it works';
const words = 'I do not see what to do here.';
const advice = 'Look at jsonpointer.js, there at set.';

let world: World;
beforeAll(async () => {
  world = await startWorld({
    agents: [{ tenant: 'acme', config: { limits: { attemptsMax: 2 } } }],
    script: scriptOf(
      planning(`${planless}.*${advice}`, [submitPlan()]),
      planning(planless, [say(words)]),
      executing(idle, [say(words)]),
      executing(brief, [...edit, commit, say('Committed.')]),
      executing(pushing, [...edit, commit, gitOps({ action: 'push' }), say('Pushed.')]),
      executing(curious, [ask('Which pointers are meant?')]),
      planning(`${curious}.*Which pointers are meant.*Both`, [submitPlan({ risks: 'As answered.' })]),
    ),
  });
});
afterAll(() => world.close());

/** What the model was asked in turns for this item that told it what was missing. */
const secondAsks = (title: string, missing: string) =>
  modelRequests(world).filter((body) => body.includes(title) && body.includes(missing));

test('a turn without a plan is tried again and told what is missing, then fails on the tile; New starts again', async () => {
  const id = await filed(world, planless);
  const failed = await world.until(id, 'failed');
  expect(failed.item).toMatchObject({ counts: { attempts: 2 }, refusal: { refused: 'ATTEMPTS' } });
  expect(secondAsks(planless, `without calling submit-plan or ask; its last words were: ${words}`)).toHaveLength(1);
  await said(world, id, 'ATTEMPTS');
  expect(await world.engineer().state(id)).toBe('Failed');
  expect(await tagsOf(boardOf(world), id)).toEqual(['jv:failed']);

  await beats(world);
  expect((await world.session(id))?.item?.phase).toBe('failed');
  await world.engineer().comment(id, advice);
  await world.engineer().move(id, 'New');
  expect((await world.until(id, 'plan-ready')).item?.counts.attempts).toBe(0);
  expect(await tagsOf(boardOf(world), id)).toEqual(['jv:plan-ready']);
});

test('an approved plan that the model does not carry out fails on the tile, with nothing pushed', async () => {
  const id = await approved(world, idle);
  await world.until(id, 'failed');
  expect(secondAsks(idle, `without calling git-ops commit; its last words were: ${words}`)).toHaveLength(1);
  await said(world, id, words);
  expect(await world.engineer().state(id)).toBe('Failed');
  expect(pushes(world)).toBe(0);
});

test('a question asked while the plan is carried out waits for its answer, and then for a new approval', async () => {
  const id = await approved(world, curious);
  const asked = await world.until(id, 'needs-info');
  expect(asked.item).not.toHaveProperty('approval');
  expect(await world.engineer().state(id)).toBe('Planning');
  await said(world, id, 'Which pointers are meant?');
  await world.engineer().comment(id, 'Both of them.');
  await world.until(id, 'plan-ready');
  expect(pushes(world)).toBe(0);
});

test.each([brief, pushing])('what is committed is pushed and is in a pull request: %s', async (title) => {
  const id = await approved(world, title);
  const { item } = await world.until(id, 'pr-created');
  expect(item?.change?.commit?.pushed).toBe(true);
});
