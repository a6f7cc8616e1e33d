import { expect, test } from 'vitest';
import { createLog } from '../../src/base/log.ts';
import type { SessionId } from '../../src/broker/session-id.ts';
import { refuse } from '../../src/refusal.ts';
import { createModelWatch } from '../../src/supervisor/model-watch.ts';
import { acme, claimOptions, granted, openTestStore, session } from '../store/fixture.ts';
import { runningTurn } from './node.ts';

const refusal = refuse('OUTSIDE_AUTH', 'the provider answered 401: invalid x-api-key');
const turnOf = (isAskedFor = false, sessionId = 'wi-12') =>
  runningTurn({ isAskedFor, sessionId: sessionId as SessionId });

async function begin() {
  const { store, clock } = await openTestStore();
  const watch = createModelWatch({ store, clock, log: createLog('test', 'fatal') });
  const fault = async () => (await store.agents.get(acme)).modelFault;
  return { store, clock, watch, fault };
}

/** Leaves the session waiting as a turn that was told `why` does. */
async function wait({ store, clock }: Awaited<ReturnType<typeof begin>>, sessionId: string, why = refusal) {
  const key = { ...session, sessionId };
  await store.sessions.ensure(key);
  const { epoch, claimId } = granted(await store.sessions.claim({ ...claimOptions, ...key }));
  await store.sessions.release({ ...key, epoch, claimId, end: 'rested', wakeAt: clock.time + 500_000, why });
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

test('an answer ends what doctor found wrong with the model, and nothing else', async () => {
  const { store, watch } = await begin();
  const looked = { agentId: acme, digest: 'd1' };
  const wrong = { status: 'fail', what: 'is wrong', fix: '' } as const;
  await store.findings.keep(looked, 'doctor', [
    { ...wrong, id: `${acme} model` },
    { ...wrong, id: `${acme} branch` },
  ]);
  await watch.answered(turnOf());
  expect((await store.findings.list(looked)).map(({ id }) => id)).toEqual([`${acme} branch`]);
});

test('an answer ends it, and wakes every session that waited for the model and no other', async () => {
  const { watch, store, clock, fault } = await begin();
  const wait = async (sessionId: string, why: typeof refusal) => {
    const key = { ...session, sessionId };
    await store.sessions.ensure(key);
    const { epoch, claimId } = granted(await store.sessions.claim({ ...claimOptions, ...key }));
    await store.sessions.release({ ...key, epoch, claimId, end: 'rested', wakeAt: clock.time + 500_000, why });
  };
  const told = await watch.failed(turnOf(), refusal, false);
  await wait('wi-1', told ?? refusal);
  await wait('wi-2', refusal);
  await watch.answered(turnOf());
  expect(await fault()).toBeUndefined();
  expect((await store.sessions.due({ max: 10 })).map(({ sessionId }) => sessionId)).toEqual(['wi-1']);
});

test('a key that may have changed is tried at once, and the agent is failing until it is answered', async () => {
  const begun = await begin();
  const { watch, fault } = begun;
  await wait(begun, 'wi-12', (await watch.failed(turnOf(), refusal, false)) ?? refusal);
  await watch.tryAtOnce(acme);
  expect(await fault()).toMatchObject({ refused: 'OUTSIDE_AUTH', tries: 1 });
  expect(await watch.ask(turnOf())).toBeUndefined();
});

test('a fault that nobody waits for is forgotten once it may be fixed', async () => {
  const { watch, fault } = await begin();
  await watch.failed(turnOf(), refusal, false);
  await watch.tryAtOnce(acme);
  expect(await fault()).toBeUndefined();
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

test('the session that failed last goes after those that wait, once', async () => {
  const begun = await begin();
  const { watch, clock } = begun;
  const [mine, other] = [turnOf(false, 'wi-1'), turnOf(false, 'wi-2')];
  const told = (await watch.failed(mine, refusal, true)) ?? refusal;
  clock.time += 10_000;
  await wait(begun, 'wi-2', told);
  expect(await watch.ask(mine)).toMatchObject({ system: 'model', until: clock.time + 10_000 });
  expect(await watch.ask(other)).toBeUndefined();
  await watch.failed(mine, refusal, true);
  clock.time += 600_000;
  expect(await watch.ask(mine)).toBeDefined();
  expect(await watch.ask(mine)).toBeUndefined();
});

test('a session that alone meets a fault waits alone, longer each time, and nobody else with it', async () => {
  const begun = await begin();
  const { watch, clock, fault } = begun;
  const [mine, other] = [turnOf(false, 'wi-1'), turnOf(false, 'wi-2')];
  await watch.failed(mine, refusal, false);
  const pauses: number[] = [];
  for (let times = 0; times < 3; times++) {
    await watch.answered(other);
    pauses.push(((await watch.failed(mine, refusal, false))?.until ?? 0) - clock.time);
    expect(await fault()).toBeUndefined();
    expect(await watch.ask(other)).toBeUndefined();
    expect(await watch.ask(mine)).toMatchObject({ refused: 'OUTSIDE_AUTH', system: 'model' });
    clock.time += 600_000;
    expect(await watch.ask(mine)).toBeUndefined();
  }
  expect(pauses).toEqual([20_000, 40_000, 80_000]);
  // Nobody was answered in between, so that it may be everybody's.
  await watch.failed(mine, refusal, false);
  expect(await fault()).toBeDefined();
  await watch.answered(mine);
  expect((await watch.failed(mine, refusal, false))?.until).toBe(clock.time + 10_000);
});

test('a session that is refused again and again, with no other waiting, does not wait forever', async () => {
  const { watch, clock } = await begin();
  const refused = refuse('MODEL_REFUSED', 'messages.3: image exceeds 5 MB');
  for (let times = 0; times < 5; times++) {
    clock.time = (await watch.failed(turnOf(), refused, true))?.until ?? 0;
  }
  expect(await watch.failed(turnOf(), refused, true)).toBeUndefined();
  for (let times = 0; times < 9; times++) expect(await watch.failed(turnOf(), refusal, false)).toBeDefined();
});
