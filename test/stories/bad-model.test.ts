import { afterEach, expect, test } from 'vitest';
import { startBeside } from './beside.ts';
import { modelRequests } from './look.ts';
import type { World } from './world.ts';

let world: World;
afterEach(() => world.close());

test.each([
  [529, 'overloaded_error', 'Overloaded'],
  [500, 'api_error', 'Internal server error'],
])('a provider that answers %d for a while costs time, and no attempt', async (status, type, message) => {
  world = await startBeside();
  const body = { type: 'error', error: { type, message } };
  world.fault({ target: 'anthropic', match: { path: '/v1/messages' }, times: 4, do: { status, body } });
  const [acme, globex] = [await world.fileBug('acme'), await world.fileBug('globex')];
  const planned = await Promise.all([world.until(acme, 'plan-ready'), world.until(globex, 'plan-ready', 'globex')]);
  expect(planned.map(({ item }) => item?.attempts)).toEqual([0, 0]);
  expect(modelRequests(world).length).toBeGreaterThan(4);
});
