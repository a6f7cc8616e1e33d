import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { whyAcmeWaits } from './beside.ts';
import { beats, modelRequests } from './look.ts';
import { explained, jvagent } from './operator.ts';
import { filed } from './road.ts';
import { startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  const globex = { tenant: 'globex', config: { defaultModel: 'claude-fable-5-2' } } as const;
  world = await startWorld({ agents: [{ tenant: 'acme' }, globex] });
});
afterEach(() => world.emulators.faults.clear());
afterAll(() => world.close());

/** From now on the provider answers every request so; without `isFinal` the engine asks again by itself. */
function answers(status: number, type: string, message: string, isFinal = true): void {
  const headers = isFinal ? { 'x-should-retry': 'false' } : {};
  const body = { type: 'error', error: { type, message } };
  world.fault({ target: 'anthropic', match: { path: '/v1/messages' }, do: { status, headers, body } });
}

async function statusOfAcme() {
  const { agents } = JSON.parse(await jvagent(world, 'status', '--json'));
  return agents.find(({ id }: { id: string }) => id === 'codechange/acme');
}

test('a provider that fails for a while costs time, and no attempt', async () => {
  for (const [status, type] of [
    [529, 'overloaded_error'],
    [500, 'api_error'],
  ] as const) {
    const body = { type: 'error', error: { type, message: 'not now' } };
    world.fault({ target: 'anthropic', match: { path: '/v1/messages' }, times: 2, do: { status, body } });
  }
  const id = await filed(world, 'Asked for while the model has a bad moment');
  expect((await world.until(id, 'plan-ready')).item?.counts.attempts).toBe(0);
  expect(modelRequests(world).length).toBeGreaterThan(4);
});

test('a key that the provider refuses stops the agent, not its items; they continue by themselves once it works', async () => {
  answers(401, 'authentication_error', 'invalid x-api-key', false);
  const [first, second] = [await filed(world, 'One behind a dead key'), await filed(world, 'Another behind it')];
  const waits = await whyAcmeWaits(world, 'OUTSIDE_AUTH', first);
  expect(waits.why).toContain('invalid x-api-key');
  expect(waits.fix).toContain('ANTHROPIC_API_KEY in .env');
  await whyAcmeWaits(world, 'OUTSIDE_AUTH', second);
  // One of them was refused, and stands for both until it is worth trying again.
  const asked = modelRequests(world).length;
  await beats(world, 2);
  expect(modelRequests(world).length).toBeLessThanOrEqual(asked + 1);
  expect(await statusOfAcme()).toMatchObject({ state: 'failing', code: 'OUTSIDE_AUTH' });
  expect(await explained(world, first, 'OUTSIDE_AUTH')).toMatchObject({ phase: 'planning', waitingFor: 'model' });
  world.emulators.faults.clear();
  for (const id of [first, second]) expect((await world.until(id, 'plan-ready')).item?.counts.attempts).toBe(0);
  expect((await statusOfAcme()).state).not.toBe('failing');
});

test('a model that the key may not use, and a provider that is overloaded, are named; what a person asks for is tried at once', async () => {
  const id = await filed(world, 'Asked for with the wrong model');
  answers(404, 'not_found_error', 'model: claude-sonnet-5-5');
  expect((await whyAcmeWaits(world, 'OUTSIDE_REFUSED', id)).fix).toContain('defaultModel');
  world.emulators.faults.clear();
  answers(529, 'overloaded_error', 'Overloaded');
  await jvagent(world, 'retry', 'codechange/acme', String(id));
  const { why } = await whyAcmeWaits(world, 'OUTSIDE_LIMITED', id);
  expect(why).toMatch(/^127\.0\.0\.1:\d+ answered 529 overloaded_error: Overloaded$/);
  world.emulators.faults.clear();
  await jvagent(world, 'retry', 'codechange/acme', String(id));
  expect((await world.until(id, 'plan-ready')).item?.counts.attempts).toBe(0);
});

test('a model without a price still plans, and the log of its turn says its booked price', async () => {
  const id = await world.fileBug('globex');
  await world.until(id, 'plan-ready', 'globex');
  expect(await world.log(id, 'globex')).toContain('The price of claude-fable-5-2 is not known');
  expect(modelRequests(world).some((body) => body.includes('"model":"claude-fable-5-2"'))).toBe(true);
});
