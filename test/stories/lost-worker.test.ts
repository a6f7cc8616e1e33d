import { afterEach, expect, test } from 'vitest';
import { modelRequests } from './look.ts';
import { filed } from './road.ts';
import { call, planning, say, scriptOf, submitPlan } from './scripts.ts';
import { startWorld, type World } from './world.ts';

const title = 'An item whose worker dies';
// At 2 USD for a million.
const paid = { usage: { input: 500_000, cached: 0, output: 0 } };
const callUsd = 1;
const replies = [call('Bash', { command: 'ls' }), submitPlan(), say('Handed in.')];

let world: World;
afterEach(() => world.close());

test('what the model was paid before a worker died counts, and nothing counts twice', async () => {
  world = await startWorld({
    crashAt: 'worker.settled:1',
    script: scriptOf(
      planning(
        title,
        replies.map((reply) => [...reply, paid]),
      ),
    ),
  });
  const id = await filed(world, title);
  const { usd } = await world.until(id, 'plan-ready');
  expect(await world.log(id)).toContain('"kind":"broke"');
  // One call of the turn that died, and all of the turn that came after it.
  expect(usd).toBeGreaterThan((replies.length + 0.5) * callUsd);
  expect(usd).toBeLessThan((modelRequests(world).length + 0.5) * callUsd);
  const [day] = await world.supervisor.store.usage.list();
  expect(day?.usd).toBeCloseTo(usd);
  expect(day?.turns).toBe(1);
});
