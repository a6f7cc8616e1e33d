import { afterEach, expect, test } from 'vitest';
import { startBeside, whyAcmeWaits } from './beside.ts';
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

test("a provider that is down for longer than the engine's patience is named as what its item waits for", async () => {
  world = await startBeside();
  const body = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
  // Told that trying again is of no use, the engine gives up at once instead of after minutes.
  const headers = { 'x-should-retry': 'false' };
  world.fault({ target: 'anthropic', match: { path: '/v1/messages' }, do: { status: 529, headers, body } });
  const id = await world.fileBug();
  const waits = await whyAcmeWaits(world, 'OUTSIDE_LIMITED', id);
  expect(waits.why).toMatch(/^127\.0\.0\.1:\d+ answered 529 overloaded_error: Overloaded$/);
  expect((await world.session(id))?.item).toMatchObject({ phase: 'planning', attempts: 0 });
  world.emulators.faults.clear();
  await world.until(id, 'plan-ready');
});

test('a model without a price plans all the same, and the log of its turn says what it is booked at', async () => {
  world = await startBeside({ acme: { defaultModel: 'claude-fable-5-2' } });
  const id = await world.fileBug();
  await world.until(id, 'plan-ready');
  expect(await world.log(id)).toContain('No price of claude-fable-5-2 is known');
  expect(modelRequests(world).every((body) => body.includes('"model":"claude-fable-5-2"'))).toBe(true);
});
