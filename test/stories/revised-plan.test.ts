import { afterAll, beforeAll, expect, test } from 'vitest';
import { boardOf } from './board.ts';
import { beats, pushes, refusals } from './look.ts';
import { approved } from './road.ts';
import { call, commit, edit, executing, openPullRequest, say, scriptOf, submitPlan, write } from './scripts.ts';
import { startWorld, type World } from './world.ts';

const wider = 'A fix that needs another file';
const notes = 'NOTES.md';
const files = [
  { path: 'jsonpointer.js', change: 'edit' },
  { path: 'LICENSE.md', change: 'edit' },
  { path: notes, change: 'new' },
];

let world: World;
beforeAll(async () => {
  world = await startWorld({
    script: scriptOf(
      executing(`${wider}.*not committed yet`, [commit, openPullRequest, say('Handed over.')]),
      executing(wider, [
        ...edit,
        call('Read', { file_path: '/tree/LICENSE.md' }),
        write('LICENSE.md', 'Another licence.\n'),
        write(notes, 'Why.\n'),
        commit,
        submitPlan({ files: files.slice(0, 1), summary: 'Too little' }),
        submitPlan({ files }),
        say('A revised plan is handed in.'),
      ]),
    ),
  });
});
afterAll(() => world.close());

test('a change that needs other files comes back as a revised plan, and continues from its work once that is approved', async () => {
  const id = await approved(world, wider);
  const first = (await world.session(id))?.item?.plan;
  await world.eventually('a revised plan', async () => (await world.session(id))?.item?.plan?.revises !== undefined);
  const { item } = await world.until(id, 'plan-ready');
  expect(await refusals(world, id)).toEqual(['OUT_OF_PLAN', 'OUT_OF_PLAN']);
  expect(item?.plan?.hash).not.toBe(first?.hash);
  expect(item?.change?.kept).toBeDefined();
  await world.eventually('Plan Ready', async () => (await world.engineer().state(id)) === 'Plan Ready');
  const posted = (await world.comments(id)).map(({ text }) => text).join();
  expect(posted).toContain('Changes to the approved plan');
  expect(posted).toContain(notes);
  await beats(world);
  expect([pushes(world), (await world.session(id))?.item?.phase]).toEqual([0, 'plan-ready']);

  await world.engineer().move(id, 'Approved');
  const done = await world.until(id, 'pr-created');
  expect(done.item?.change?.kept).toBeUndefined();
  expect(done.item?.change?.commit?.summary.split('\n').map((line) => line.split(' ')[0])).toEqual(
    expect.arrayContaining(files.map(({ path }) => path)),
  );
  const states = ['New', 'Planning', 'Plan Ready', 'Approved', 'In Progress', 'Plan Ready', 'Approved', 'In Progress'];
  expect(await boardOf(world).states(id)).toEqual([...states, 'PR Created']);
});
