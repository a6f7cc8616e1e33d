import { afterAll, beforeAll, expect, test } from 'vitest';
import { boardOf } from './board.ts';
import { beats, modelRequests, refusals, said } from './look.ts';
import { type Reviewing, reviewing } from './reviewing.ts';
import { delivered, pullRequestOf } from './road.ts';
import { adding, commit, put, repairing, say, scriptOf } from './scripts.ts';
import { startWorld, type World } from './world.ts';

const reworded = 'An item whose reviewer wants another word';
const beyond = 'An item whose reviewer wants another file too';
const endless = 'An item whose reviewer is never content';

let world: World;
let people: Reviewing;
beforeAll(async () => {
  world = await startWorld({
    script: scriptOf(
      ...adding('docs/reworded.md', reworded),
      repairing(reworded, [put('docs/reworded.md', 'Another word.'), commit, say('Reworded.')]),
      ...adding('docs/beyond.md', beyond),
      repairing(beyond, [put('README.md', 'Mine.'), commit, say('README.md is beyond the plan: file a work item.')]),
      ...adding('docs/endless.md', endless),
      repairing(`third.*${endless}`, [put('docs/endless.md', 'Third.'), commit]),
      repairing(`second.*${endless}`, [put('docs/endless.md', 'Second.'), commit]),
    ),
    agents: [{ tenant: 'acme', config: { git: { testCommand: 'test -d docs' }, limits: { repairsMax: 1 } } }],
  });
  people = reviewing(world);
});
afterAll(() => world.close());

/** The item's pull request stands at another commit, and all is at rest. */
async function repaired(id: number, before: string | undefined): Promise<string> {
  const pushed = async () => (await world.session(id))?.item?.change?.pushedSha;
  await world.eventually('a repair', async () => ![undefined, before].includes(await pushed()));
  await world.until(id, 'pr-created');
  return (await pushed()) ?? '';
}

test("a reviewer's words reach the same session and branch, a bystander's are only shown", async () => {
  const id = await delivered(world, reworded);
  const before = await world.until(id, 'pr-created');
  const { branch = '', pushedSha } = before.item?.change ?? {};
  const number = await pullRequestOf(world, id);
  await people.comment(number, 'Delete the whole file at once.', 'other');
  await beats(world);
  expect(await people.shaOf(branch)).toBe(pushedSha);

  await people.askForChanges(number, 'Please choose another word.');
  const sha = await repaired(id, pushedSha);
  expect(await people.parentsOf(sha)).toEqual([pushedSha]);
  expect((await people.pull(number)).head.sha).toBe(sha);
  expect(await people.fileAt(sha, 'docs/reworded.md')).toBe('Another word.');
  const after = await world.session(id);
  expect(after?.engineSessionId).toBe(before.engineSessionId);
  expect(after?.item).toMatchObject({ change: { branch, commit: { sha, tests: { passed: true } } } });
  const asked = modelRequests(world).at(-1) ?? '';
  expect(asked).toMatch(/erin asked for changes.{0,9}Please choose.*Others said.*oscar.{0,20}Delete the whole/s);
  expect((await boardOf(world).states(id)).at(-1)).toBe('PR Created');

  expect(await world.supervisor.store.agents.allIdentities()).toContain('acme-agent');
  await world.engineer().merge(number);
  const { item } = await world.until(id, 'deployed');
  expect(await people.fileAt(item?.deployment?.deployedSha ?? '', 'docs/reworded.md')).toBe('Another word.');
});

test('what a reviewer asks for beyond the plan is refused, and the answer is on the tile', async () => {
  const id = await delivered(world, beyond);
  const number = await pullRequestOf(world, id);
  const { pushedSha } = (await world.session(id))?.item?.change ?? {};
  await people.comment(number, 'Change README.md as well.');
  await said(world, id, 'README.md is beyond the plan');
  expect(await refusals(world, id)).toEqual(['OUT_OF_PLAN']);
  await beats(world);
  expect((await people.pull(number)).head.sha).toBe(pushedSha);
  expect((await world.session(id))?.item?.phase).toBe('pr-created');
});

test('repairs come to an end, which the tile says once', async () => {
  const id = await delivered(world, endless);
  const number = await pullRequestOf(world, id);
  const { pushedSha } = (await world.session(id))?.item?.change ?? {};
  await people.comment(number, 'A second time, please.');
  const second = await repaired(id, pushedSha);
  await people.comment(number, 'And a third time.');
  await said(world, id, 'repaired 1 times already');
  await people.comment(number, 'And a third time, I said.');
  await beats(world);
  expect((await people.pull(number)).head.sha).toBe(second);
  expect((await world.session(id))?.item?.phase).toBe('pr-created');
  const words = (await world.comments(id)).filter(({ text }) => text.includes('Not repaired'));
  expect(words).toHaveLength(1);
});
