import { afterAll, beforeAll, expect, test } from 'vitest';
import { beats } from './look.ts';
import { type Reviewing, reviewing } from './reviewing.ts';
import { delivered, pullRequestOf } from './road.ts';
import { adding, after, call, commit, put, repairing, say, scriptOf } from './scripts.ts';
import { startWorld, type World } from './world.ts';

const helped = 'An item that people help with';
const crossed = 'An item that people push to while it is repaired';

let world: World;
let people: Reviewing;
beforeAll(async () => {
  world = await startWorld({
    script: scriptOf(
      ...adding('docs/helped.md', helped),
      repairing(helped, [put('docs/helped.md', 'Repaired.'), commit, say('Done.')]),
      ...adding('docs/crossed.md', crossed),
      repairing(crossed, [
        put('docs/crossed.md', 'Repaired.'),
        commit,
        call('Bash', { command: 'echo committed' }),
        after(4_000, say('Done.')),
      ]),
    ),
    agents: [{ tenant: 'acme', config: { git: { testCommand: 'test -d docs' } } }],
  });
  people = reviewing(world);
});
afterAll(() => world.close());

const itemOf = async (id: number) => (await world.session(id))?.item;

test("people's commits are built upon, and what they push last is deployed with the rest", async () => {
  const id = await delivered(world, helped);
  const number = await pullRequestOf(world, id);
  const { branch = '', pushedSha } = (await itemOf(id))?.change ?? {};
  const theirs = await people.push(branch, { 'docs/people.md': 'By people.\n' });
  await beats(world);
  expect((await people.pull(number)).head.sha).toBe(theirs);

  await people.comment(number, 'Repair it on top of mine.');
  await world.eventually('a repair', async () => (await itemOf(id))?.change?.pushedSha !== pushedSha);
  const { item } = await world.until(id, 'pr-created');
  const repaired = item?.change?.pushedSha ?? '';
  expect(await people.parentsOf(repaired)).toEqual([theirs]);
  expect(await people.fileAt(repaired, 'docs/people.md')).toBe('By people.');

  const last = await people.push(branch, { 'docs/last.md': 'Last.\n' });
  await beats(world);
  await world.engineer().merge(number, 'squash');
  const { item: done } = await world.until(id, 'deployed');
  expect(await people.shaOf(branch)).toBe(last);
  expect(await people.fileAt(done?.deployment?.deployedSha ?? '', 'docs/last.md')).toBe('Last.');
  expect(await people.fileAt(done?.deployment?.deployedSha ?? '', 'docs/helped.md')).toBe('Repaired.');
});

test('a repair that people overtake is merged with their push, never written over it', async () => {
  const id = await delivered(world, crossed);
  const number = await pullRequestOf(world, id);
  const { branch = '', pushedSha } = (await itemOf(id))?.change ?? {};
  await people.comment(number, 'Repair it, please.');
  await world.eventually('a commit', async () => (await itemOf(id))?.change?.commit?.sha !== pushedSha);
  const ours = (await itemOf(id))?.change?.commit?.sha;
  const theirs = await people.push(branch, { 'docs/theirs.md': 'Theirs.\n' });
  await world.eventually('a push', async () => (await itemOf(id))?.change?.pushedSha !== pushedSha);
  const { item } = await world.until(id, 'pr-created');
  const merged = item?.change?.pushedSha ?? '';
  expect(await people.parentsOf(merged)).toEqual([ours, theirs]);
  expect((await people.pull(number)).head.sha).toBe(merged);
  expect(await people.fileAt(merged, 'docs/theirs.md')).toBe('Theirs.');
  expect(await people.fileAt(merged, 'docs/crossed.md')).toBe('Repaired.');
});
