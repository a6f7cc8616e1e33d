import { expect, test } from 'vitest';
import { createLog } from '../../src/base/log.ts';
import { refuse } from '../../src/refusal.ts';
import { createModelWatch } from '../../src/supervisor/model-watch.ts';
import type { RunningTurn } from '../../src/supervisor/running-turn.ts';
import { acme, claimOptions, granted, openTestStore, session } from '../store/fixture.ts';

const refusal = refuse('OUTSIDE_AUTH', 'the provider answered 401: invalid x-api-key');
const turnOf = (isAskedFor = false, sessionId = 'wi-12') =>
  ({ agentId: acme, sessionId, isAskedFor }) as unknown as RunningTurn;

async function begin() {
  const { store, clock } = await openTestStore();
  const watch = createModelWatch({ store, clock, log: createLog('test', 'fatal') });
  const fault = async () => (await store.agents.get(acme)).modelFault;
  return { store, clock, watch, fault };
}

test('while nothing is wrong everybody asks', async () => {
  const { watch } = await begin();
  expect(await watch.ask(turnOf())).toBeUndefined();
});

test('after a fault nobody asks until its pause is over, and then one turn tries for all', async () => {
  const { watch, clock } = await begin();
  const told = await watch.failed(turnOf(), refusal, false);
  expect(told).toEqual({ ...refusal, system: 'model', until: clock.time + 10_000 });
  expect(await watch.ask(turnOf())).toEqual(told);
  clock.time += 10_000;
  expect(await watch.ask(turnOf())).toBeUndefined();
  expect(await watch.ask(turnOf())).toMatchObject({ refused: 'OUTSIDE_AUTH', system: 'model' });
});

test('what a person asked for tries at once', async () => {
  const { watch } = await begin();
  await watch.failed(turnOf(), refusal, false);
  expect(await watch.ask(turnOf(true))).toBeUndefined();
});

test("pauses grow from ten seconds to ten minutes, and the provider's own wish counts where it is longer", async () => {
  const { watch, clock } = await begin();
  const pauses: number[] = [];
  for (let times = 0; times < 9; times++) {
    pauses.push(((await watch.failed(turnOf(), refusal, false))?.until ?? 0) - clock.time);
  }
  expect(pauses).toEqual([10, 20, 40, 80, 160, 320, 600, 600, 600].map((seconds) => seconds * 1_000));
  const wish = { ...refusal, until: clock.time + 3_600_000 };
  expect((await watch.failed(turnOf(), wish, false))?.until).toBe(wish.until);
});

test('an answer ends it, and wakes every session that waited for the model and no other', async () => {
  const { watch, store, clock, fault } = await begin();
  const wait = async (sessionId: string, why: typeof refusal) => {
    const key = { ...session, sessionId };
    await store.sessions.ensure(key);
    const { epoch } = granted(await store.sessions.claim({ ...claimOptions, ...key }));
    await store.sessions.release({ ...key, epoch, end: 'rested', wakeAt: clock.time + 500_000, why });
  };
  const told = await watch.failed(turnOf(), refusal, false);
  await wait('wi-1', told ?? refusal);
  await wait('wi-2', refusal);
  await watch.answered(turnOf());
  expect(await fault()).toBeUndefined();
  expect((await store.sessions.due(clock.time, 10)).map(({ sessionId }) => sessionId)).toEqual(['wi-1']);
});

test('a key that may have changed is tried at once, and the agent is failing until it is answered', async () => {
  const { watch, fault } = await begin();
  await watch.failed(turnOf(), refusal, false);
  await watch.tryAtOnce(acme);
  expect(await fault()).toMatchObject({ refused: 'OUTSIDE_AUTH', tries: 1 });
  expect(await watch.ask(turnOf())).toBeUndefined();
});

test('a session that is refused again, although others were answered since, is refused for what it says itself', async () => {
  const { watch } = await begin();
  const refused = refuse('MODEL_REFUSED', 'messages.3: image exceeds 5 MB');
  const [mine, other] = [turnOf(false, 'wi-1'), turnOf(false, 'wi-2')];
  expect(await watch.failed(mine, refused, true)).toMatchObject({ refused: 'MODEL_REFUSED', system: 'model' });
  expect(await watch.failed(mine, refused, true)).toBeDefined();
  await watch.answered(other);
  expect(await watch.failed(other, refused, true)).toBeDefined();
  expect(await watch.failed(mine, refused, true)).toBeUndefined();
  expect(await watch.failed(mine, refusal, false)).toBeDefined();
});
