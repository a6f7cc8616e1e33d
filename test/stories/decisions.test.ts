import { afterAll, beforeAll, expect, test } from 'vitest';
import { beats, logged, pushes, said } from './look.ts';
import { explained, jvagent } from './operator.ts';
import { approved, delivered, planned, pullRequestOf } from './road.ts';
import { after, commit, edit, executing, openPullRequest, say, scriptOf } from './scripts.ts';
import { startWorld, type World } from './world.ts';

const acme = 'codechange/acme';
const slow = 'An item that takes its time';
const slowMs = 60_000;
const script = scriptOf(
  executing(`${slow}.*go on please`, [openPullRequest, say('Handed over.')]),
  executing(slow, [...edit, commit, after(slowMs, openPullRequest)]),
);

let world: World;
beforeAll(async () => {
  world = await startWorld({ script });
});
afterAll(() => world.close());

const committed = (id: number) =>
  world.eventually('a commit', async () => (await world.session(id))?.item?.change?.commit !== undefined);

test('a cancelled item is stopped at once and stays so; a retry continues from its work once it is approved again', async () => {
  const engineer = world.engineer();
  const id = await approved(world, slow);
  await committed(id);
  await jvagent(world, 'cancel', acme, String(id));
  const { item } = await world.until(id, 'cancelled');
  expect(await world.log(id)).toContain('aborted');
  await said(world, id, 'cancelled it');
  await beats(world);
  expect([await engineer.state(id), (await world.session(id))?.phase, pushes(world)]).toEqual([
    'In Progress',
    'cancelled',
    0,
  ]);

  await jvagent(world, 'retry', acme, String(id));
  await world.until(id, 'plan-ready');
  await world.eventually('the tile', async () => (await engineer.state(id)) === 'Plan Ready');
  await engineer.comment(id, 'go on please');
  await engineer.move(id, 'Approved');
  const again = await world.until(id, 'pr-created');
  expect(again.item?.change?.commit?.sha).toBe(item?.change?.commit?.sha);
});

test('an item that was cancelled before its approval comes back when a person approves it afterwards', async () => {
  const id = await planned(world, 'An item that was cancelled too early');
  await jvagent(world, 'cancel', acme, String(id));
  await world.until(id, 'cancelled');
  await beats(world);
  expect((await world.session(id))?.phase).toBe('cancelled');
  await world.engineer().move(id, 'Approved');
  await world.until(id, 'pr-created');
});

test('a pause stops the running turn, and after it the item completes', async () => {
  const pushed = pushes(world);
  const id = await approved(world, slow);
  await committed(id);
  await jvagent(world, 'pause', acme);
  await logged(world, id, 'aborted');
  await world.until(id, 'executing');
  expect(await explained(world, id, 'PAUSED')).toMatchObject({
    phase: 'executing',
    waitingFor: 'the end of the pause',
  });
  expect(pushes(world)).toBe(pushed);
  await world.engineer().comment(id, 'go on please');
  await jvagent(world, 'resume', acme);
  await world.until(id, 'pr-created');
});

test('a deployment that a person rolls back is gone, verified, and comes back only after a release', async () => {
  const { instance, commit: before } = world.emulators.tenants.acme;
  const id = await delivered(world, 'An item that is taken back');
  await world.engineer().merge(await pullRequestOf(world, id));
  const { item } = await world.until(id, 'deployed');
  await jvagent(world, 'rollback', acme, String(id));
  const back = await world.until(id, 'failed');
  expect(instance.version()).toBe(before);
  expect(back.item?.refusal?.why).toMatch(new RegExp(`rolled back .*runs ${before.slice(0, 12)} again`));
  expect(await world.engineer().state(id)).toBe('Failed');
  expect(instance.history()).toHaveLength(2);

  await jvagent(world, 'retry', acme, String(id));
  await world.until(id, 'deploying');
  expect(await explained(world, id, 'HOLD')).toMatchObject({ phase: 'deploying' });
  await jvagent(world, 'release', acme);
  await world.until(id, 'deployed');
  expect(instance.version()).toBe(item?.deployment?.mergedSha);
  expect(instance.history()).toHaveLength(3);
  expect(await world.supervisor.store.audit.verify(acme)).toEqual({ ok: true });
});
