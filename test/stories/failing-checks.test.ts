import { afterAll, beforeAll, expect, test } from 'vitest';
import { beats, modelRequests } from './look.ts';
import { type Reviewing, reviewing } from './reviewing.ts';
import { delivered, pullRequestOf } from './road.ts';
import { adding, commit, put, repairing, say, scriptOf } from './scripts.ts';
import { startWorld, type World } from './world.ts';

const checked = 'An item whose checks fail on the code host';
const closed = 'An item whose checks our token may not read';

let world: World;
let people: Reviewing;
beforeAll(async () => {
  world = await startWorld({
    script: scriptOf(
      ...adding('docs/closed.md', closed),
      repairing(closed, [put('docs/closed.md', 'Spelled well.'), commit, say('Done.')]),
      ...adding('docs/checked.md', checked),
      repairing(`A check failed.*links.*${checked}`, [put('docs/checked.md', 'With a link.'), commit]),
      repairing(`A check failed.*spelling.*${checked}`, [
        put('docs/checked.md', 'Spelled well.'),
        commit,
        say('Done.'),
      ]),
    ),
    agents: [{ tenant: 'acme', config: { git: { testCommand: 'test -d docs' } } }],
  });
  people = reviewing(world);
});
afterAll(() => world.close());

const headOf = async (id: number) => (await world.session(id))?.item?.change?.pushedSha ?? '';
const repairsAsked = () => modelRequests(world).filter((text) => text.includes('A check failed')).length;

async function repairedFrom(id: number, before: string): Promise<string> {
  await world.eventually('a repair', async () => (await headOf(id)) !== before);
  await world.until(id, 'pr-created');
  return headOf(id);
}

test('a check that fails on the pull request is repaired, once for each commit and check', async () => {
  const id = await delivered(world, checked);
  const number = await pullRequestOf(world, id);
  const first = await headOf(id);
  world.emulators.github.setCheckRun('acme', first, { name: 'build', status: 'completed', conclusion: 'success' });
  world.emulators.github.setCheckRun('acme', first, { name: 'slow', status: 'in_progress' });
  await beats(world);
  expect(repairsAsked()).toBe(0);

  const failed = { name: 'spelling', status: 'completed', conclusion: 'failure', summary: 'speled' } as const;
  world.emulators.github.setCheckRun('acme', first, failed);
  const second = await repairedFrom(id, first);
  expect(await people.parentsOf(second)).toEqual([first]);
  expect(
    modelRequests(world).some((text) => /<<<data [0-9a-f]{12} A check failed.{0,9}spelling.{0,9}speled/s.test(text)),
  ).toBe(true);

  await people.status(second, 'links', 'failure', 'no link');
  const third = await repairedFrom(id, second);
  const asked = repairsAsked();
  await beats(world);
  expect(repairsAsked()).toBe(asked);
  expect((await people.pull(number)).head.sha).toBe(third);
  expect(await people.fileAt(third, 'docs/checked.md')).toBe('With a link.');
  await world.engineer().merge(number);
  await world.until(id, 'deployed');
});

test('a token without the right to read checks does not stop the watch over the pull request', async () => {
  const body = { message: 'Resource not accessible by personal access token' };
  world.fault({ target: 'github', match: { path: '/check-runs' }, do: { status: 403, body } });
  const id = await delivered(world, closed);
  const before = await headOf(id);
  await people.status(before, 'spelling', 'failure', 'speled');
  await repairedFrom(id, before);
  await world.engineer().merge(await pullRequestOf(world, id));
  await world.until(id, 'deployed');
});
