import { afterAll, beforeAll, expect, test } from 'vitest';
import { boardOf } from './board.ts';
import { beats, modelRequests, tagsOf } from './look.ts';
import { ask, planning, scriptOf, submitPlan } from './scripts.ts';
import { startWorld, type World } from './world.ts';

const question = 'May a pointer through `__proto__` be refused with an error?';
const answer = 'No, set returns the object as it is.';

let world: World;
beforeAll(async () => {
  world = await startWorld({
    script: scriptOf(planning(`The answer:.*${answer}`, [submitPlan()]), planning('', [ask(question)])),
  });
});
afterAll(() => world.close());

test('a question waits on the tile until a person answers, and planning continues in the same conversation', async () => {
  const { agent } = world.emulators.tenants.acme.secrets.pats;
  const id = await world.fileBug();
  const asked = await world.until(id, 'needs-info');
  expect(await world.engineer().state(id)).toBe('Planning');
  expect(await tagsOf(boardOf(world), id)).toEqual(['jv:needs-info']);
  expect((await world.comments(id)).at(-1)?.text).toContain(question);
  expect(asked.pendingTrigger).toMatchObject({ type: 'azdo_comment', workItemId: id });

  await world.engineer('acme', agent).comment(id, answer);
  await beats(world);
  expect((await world.session(id))?.item?.phase).toBe('needs-info');

  await world.engineer().comment(id, answer);
  const planned = await world.until(id, 'plan-ready');
  expect(planned.engineSessionId).toBe(asked.engineSessionId);
  expect(await tagsOf(boardOf(world), id)).toEqual(['jv:plan-ready']);
  const told = modelRequests(world).at(-1) ?? '';
  expect(told).toContain('mcp__jv__ask');
  expect(told).toMatch(/Erin Engineer wrote\\n/);
  expect(told).toContain(answer);
});
