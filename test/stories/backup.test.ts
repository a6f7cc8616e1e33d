import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { boardOf } from './board.ts';
import { isPlan, tagsOf } from './look.ts';
import { jvagent } from './operator.ts';
import { planned, pullRequestOf } from './road.ts';
import { startWorld, type World } from './world.ts';

const acme = 'codechange/acme';

let world: World;
afterEach(() => world.close());

const posts = (path: RegExp) =>
  world.emulators.faults.requests().filter((sent) => sent.method === 'POST' && path.test(sent.path)).length;

/** Stops the platform, puts the backup in place and lets everything go on. */
async function restore(file: string): Promise<void> {
  await world.restart(() => jvagent(world, 'restore', file));
  expect(await world.supervisor.store.platform.pausedAt()).toBeTypeOf('number');
  await jvagent(world, 'resume');
}

test('an item that moved on after the backup is found where it is: one pull request, one deployment', async () => {
  world = await startWorld();
  const { instance } = world.emulators.tenants.acme;
  const id = await planned(world, 'An item of the backup');
  const file = join(world.root, 'backup.db');
  await jvagent(world, 'backup', file);
  await world.engineer().move(id, 'Approved');
  await world.until(id, 'pr-created');
  await world.engineer().merge(await pullRequestOf(world, id));
  const { item } = await world.until(id, 'deployed');
  const plans = (await world.comments(id)).filter(isPlan).length;

  await restore(file);
  const again = await world.until(id, 'deployed');
  expect(again.item).toMatchObject({
    deployment: { mergedSha: item?.deployment?.mergedSha },
    review: { number: item?.review?.number },
  });
  expect(posts(/\/pulls$/)).toBe(1);
  expect(instance.history().map(({ sha }) => sha)).toEqual([item?.deployment?.mergedSha]);
  expect((await world.comments(id)).filter(isPlan)).toHaveLength(plans);
  expect(await world.engineer().state(id)).toBe('Deployed');
  expect(await tagsOf(boardOf(world), id)).toContain('jv:deployed');
  expect(await world.supervisor.store.audit.verify(acme)).toEqual({ ok: true });
});

test('an item whose pull request is open waits for its merge, and an old decision is not repeated', async () => {
  world = await startWorld();
  const id = await planned(world, 'An item of the backup');
  const file = join(world.root, 'backup.db');
  await jvagent(world, 'pause');
  await jvagent(world, 'cancel', acme, String(id));
  await jvagent(world, 'backup', file);
  await world.restart(() => jvagent(world, 'restore', file));
  await jvagent(world, 'resume');
  await world.engineer().move(id, 'Approved');
  const { item } = await world.until(id, 'pr-created');

  await restore(file);
  const again = await world.until(id, 'pr-created');
  expect(again.item?.review?.number).toBe(item?.review?.number);
  await world.engineer().merge(item?.review?.number ?? 0);
  await world.until(id, 'deployed');
  expect(posts(/\/pulls$/)).toBe(1);
});

test('a backup taken while turns run is restored in another workspace: paused, with a whole audit log', async () => {
  world = await startWorld();
  const id = await planned(world, 'An item of the backup');
  await world.engineer().move(id, 'Approved');
  await world.eventually('a running turn', async () => (await world.session(id))?.leaseOwner !== undefined);
  const file = join(world.root, 'running.db');
  await jvagent(world, 'backup', file);
  await world.until(id, 'pr-created');

  const root = mkdtempSync(join(tmpdir(), 'restored-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  cpSync(join(world.root, 'codechange'), join(root, 'codechange'), { recursive: true });
  expect(await jvagent({ root }, 'restore', file)).toContain('1 open work item');
  expect(await jvagent({ root }, 'audit', 'verify')).toContain(`${acme} is whole`);
  expect(await jvagent({ root }, 'status')).toContain('paused');
});
