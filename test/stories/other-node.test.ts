import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planned, pullRequestOf } from './road.ts';
import { startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** All that only the first node's disk has; another node starts with the same state. */
async function onAnotherNode(): Promise<void> {
  const path = (...names: string[]) => join(world.root, '.jvagent', ...names);
  await world.restart(async () => {
    expect(existsSync(path('repos'))).toBe(true);
    for (const name of ['repos', 'trees', 'cache', 'run', 'state/place'])
      rmSync(path(name), { recursive: true, force: true });
  });
}

test('an item whose commit was never pushed goes on to its deployment on another node, with that commit', async () => {
  const id = await planned(world, 'An item that changes its node');
  world.fault({ target: 'git', match: { method: 'POST', path: 'git-receive-pack' }, do: { status: 503 } });
  await world.engineer().move(id, 'Approved');
  await world.atRest('a push that does not get through', async () => {
    const { waits, item } = (await world.session(id)) ?? {};
    return waits?.refused.startsWith('OUTSIDE') === true && item?.change?.commit?.tests?.passed === true;
  });
  const sha = (await world.session(id))?.item?.change?.commit?.sha;
  const stored = await world.supervisor.store.work.of({ agentId: 'codechange/acme', sessionId: `wi-${id}` });
  expect(stored?.commits).toContain(sha);
  await onAnotherNode();
  world.emulators.faults.clear();
  const { item } = await world.until(id, 'pr-created');
  expect(item?.change).toMatchObject({ pushedSha: sha });
  await world.engineer().merge(await pullRequestOf(world, id));
  await world.until(id, 'deployed');
  const session = { agentId: 'codechange/acme', sessionId: `wi-${id}` };
  expect(await world.supervisor.store.work.of(session), 'nobody needs it any more').toBeUndefined();
});
