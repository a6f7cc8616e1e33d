import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logged } from './look.ts';
import { approved, planned, pullRequestOf } from './road.ts';
import {
  after,
  call,
  commit,
  executing,
  openPullRequest,
  planning,
  say,
  scriptOf,
  submitPlan,
  write,
} from './scripts.ts';
import { startWorld, type World } from './world.ts';

const parked = 'An item that is parked in the middle of its work';
const slowMs = 60_000;

let world: World;
beforeAll(async () => {
  world = await startWorld({
    script: scriptOf(
      executing(`${parked}.*not committed yet`, [commit, openPullRequest, say('Handed over.')]),
      planning(parked, [submitPlan({ files: [{ path: 'parked.md', change: 'new' }] }), say('Planned.')]),
      executing(parked, [
        write('parked.md', 'Half.\n'),
        call('Bash', { command: 'echo It is edited' }),
        after(slowMs, commit),
      ]),
    ),
  });
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
  await world.supervisor.store.sessions.wake({ agentId: 'codechange/acme', sessionId: `wi-${id}` });
  const { item } = await world.until(id, 'pr-created');
  expect(item?.change).toMatchObject({ pushedSha: sha });
  await world.engineer().merge(await pullRequestOf(world, id));
  await world.until(id, 'deployed');
  const session = { agentId: 'codechange/acme', sessionId: `wi-${id}` };
  expect(await world.supervisor.store.work.of(session), 'nobody needs it any more').toBeUndefined();
});

test('work that was in no commit when its node stopped is gone on with on another node', async () => {
  const id = await approved(world, parked);
  await logged(world, id, 'It is edited');
  await onAnotherNode();
  const { item } = await world.until(id, 'pr-created');
  expect(await world.log(id)).toContain('aborted');
  expect(item?.change?.commit?.summary).toContain('parked.md');
});
