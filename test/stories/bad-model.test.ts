import { afterEach, expect, test } from 'vitest';
import { startBeside, whyAcmeWaits } from './beside.ts';
import { beats, modelRequests } from './look.ts';
import { explained, jvagent } from './operator.ts';
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

test('a key that the provider refuses stops the agent, not its items; status says so, and they go on by themselves', async () => {
  world = await startBeside();
  const refuses = (status: number, type: string, message: string) =>
    world.fault({
      target: 'anthropic',
      match: { path: '/v1/messages' },
      do: { status, body: { error: { type, message } } },
    });
  const status = async () => JSON.parse(await jvagent(world, 'status', '--json')).agents;
  const acme = async () => (await status()).find(({ id }: { id: string }) => id === 'codechange/acme');
  refuses(401, 'authentication_error', 'invalid x-api-key');
  const [first, second] = [await world.fileBug(), await world.fileBug()];
  const waits = await whyAcmeWaits(world, 'OUTSIDE_AUTH', first);
  expect(waits.why).toContain('invalid x-api-key');
  expect(waits.mend).toContain('ANTHROPIC_API_KEY in .env');
  await whyAcmeWaits(world, 'OUTSIDE_AUTH', second);
  const asked = modelRequests(world).length;
  await beats(world, 3);
  // One of them was refused, and stands for both until it is worth trying again.
  expect(modelRequests(world).length).toBe(asked);
  expect(await acme()).toMatchObject({ state: 'failing', code: 'OUTSIDE_AUTH' });
  expect(await explained(world, first, 'OUTSIDE_AUTH')).toMatchObject({ phase: 'planning', waitingFor: 'model' });
  world.emulators.faults.clear();
  for (const id of [first, second]) expect((await world.until(id, 'plan-ready')).item?.attempts).toBe(0);
  expect((await acme()).state).not.toBe('failing');

  refuses(404, 'not_found_error', 'model: claude-sonnet-5-5');
  const third = await world.fileBug();
  expect((await whyAcmeWaits(world, 'OUTSIDE_REFUSED', third)).mend).toContain('defaultModel');
  world.emulators.faults.clear();
  // What a person asks for is tried at once.
  await jvagent(world, 'retry', 'codechange/acme', String(third));
  expect((await world.until(third, 'plan-ready')).item?.attempts).toBe(0);
});

test('a model without a price plans all the same, and the log of its turn says what it is booked at', async () => {
  world = await startBeside({ acme: { defaultModel: 'claude-fable-5-2' } });
  const id = await world.fileBug();
  await world.until(id, 'plan-ready');
  expect(await world.log(id)).toContain('No price of claude-fable-5-2 is known');
  expect(modelRequests(world).every((body) => body.includes('"model":"claude-fable-5-2"'))).toBe(true);
});
