import { afterAll, beforeAll, expect, test } from 'vitest';
import { beats, modelRequests, refusals, said } from './look.ts';
import { type Reviewing, reviewing } from './reviewing.ts';
import { delivered, pullRequestOf } from './road.ts';
import { adding, commit, gitOps, put, repairing, say, scriptOf } from './scripts.ts';
import { startWorld, type World } from './world.ts';

const conflicting = 'An item whose file others added meanwhile';
const elsewhere = 'An item beside which others work';
const hopeless = 'An item whose conflict is not its own';
const target = 'customer/acme';

let world: World;
let people: Reviewing;
beforeAll(async () => {
  world = await startWorld({
    script: scriptOf(
      ...adding('docs/conflict.md', conflicting),
      repairing(`conflict marks.*${conflicting}`, [
        gitOps({ action: 'status' }),
        commit,
        put('docs/conflict.md', '<<<<<<< ours\nstill'),
        commit,
        put('docs/conflict.md', 'Both sides.'),
        commit,
        say('Merged.'),
      ]),
      ...adding('docs/elsewhere.md', elsewhere),
      ...adding('docs/hopeless.md', hopeless),
    ),
    agents: [{ tenant: 'acme', config: { git: { testCommand: 'node --check jsonpointer.js' } } }],
  });
  people = reviewing(world);
});
afterAll(() => world.close());

const headOf = async (id: number) => (await world.session(id))?.item?.change?.pushedSha ?? '';

async function repairedFrom(id: number, before: string): Promise<string> {
  await world.eventually('a merge', async () => (await headOf(id)) !== before);
  await world.until(id, 'pr-created');
  return headOf(id);
}

test('a conflict is resolved in a merge commit, and no mark of it gets out', async () => {
  const id = await delivered(world, conflicting);
  const before = await headOf(id);
  const moved = await people.push(target, { 'docs/conflict.md': 'Theirs.\n', 'docs/more.md': 'More.\n' });
  const after = await repairedFrom(id, before);
  expect(await refusals(world, id)).toEqual(['CONFLICT', 'CONFLICT']);
  expect(await people.parentsOf(after)).toEqual([before, moved]);
  expect(await people.fileAt(after, 'docs/conflict.md')).toBe('Both sides.');
  expect(await people.fileAt(after, 'docs/more.md')).toBe('More.');
  const { item } = (await world.session(id)) ?? {};
  expect(item).toMatchObject({
    change: { commit: { tests: { passed: true }, summary: 'docs/conflict.md (+1 -1)' } },
    counts: { repairs: 1 },
  });
  expect(await world.engineer().state(id)).toBe('PR Created');
  await world.engineer().merge(await pullRequestOf(world, id));
  await world.until(id, 'deployed');
});

test('a target branch that moved elsewhere needs nothing; if planned files differ, git merges alone', async () => {
  const id = await delivered(world, elsewhere);
  const before = await headOf(id);
  await people.push(target, { 'docs/other.md': 'Other.\n' });
  await beats(world);
  expect(await headOf(id)).toBe(before);
  await world.engineer().merge(await pullRequestOf(world, id));
  await world.until(id, 'deployed');

  const ours = await delivered(world, 'The real fix');
  const fixed = await headOf(ours);
  const asked = modelRequests(world).length;
  const old = await people.fileAt(target, 'jsonpointer.js');
  const moved = await people.push(target, { 'jsonpointer.js': `${old}\n// The end.\n` });
  const merged = await repairedFrom(ours, fixed);
  expect(await people.parentsOf(merged)).toEqual([fixed, moved]);
  expect(await people.subjectOf(merged)).toBe(`chore: merge ${target} (#${ours})`);
  expect(await people.fileAt(merged, 'jsonpointer.js')).toContain('// The end.');
  expect((await world.session(ours))?.item?.change?.commit).toMatchObject({
    tests: { passed: true },
    summary: 'jsonpointer.js (+3 -0)',
  });
  expect(modelRequests(world)).toHaveLength(asked);
  await world.engineer().merge(await pullRequestOf(world, ours));
  await world.until(ours, 'deployed');
});

test('a conflict in files outside the plan is reported and left to people', async () => {
  const id = await delivered(world, hopeless);
  const { branch = '' } = (await world.session(id))?.item?.change ?? {};
  const theirs = await people.push(branch, { 'docs/shared.md': 'One.\n' });
  await people.push(target, { 'docs/shared.md': 'Two.\n' });
  await said(world, id, 'there are conflicts in docs/shared.md');
  await beats(world);
  expect(await people.shaOf(branch)).toBe(theirs);
  expect((await world.session(id))?.item?.phase).toBe('pr-created');
});
