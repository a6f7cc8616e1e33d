import { afterAll, beforeAll, expect, test } from 'vitest';
import { mergeCommits } from '../../../emulators/git-http/merge.ts';
import { startGitWorld } from '../git-world.ts';

let world: Awaited<ReturnType<typeof startGitWorld>>;
let base = '';
beforeAll(async () => {
  world = await startGitWorld();
  base = (await world.repository.branches()).get('main') ?? '';
});
afterAll(() => world.close());

const who = { name: 'Merger', email: 'merger@example.com', at: 1_767_600_000_000 };
const headOf = async (branch: string) => (await world.repository.branches()).get(branch) ?? '';
const merge = async (method: 'merge' | 'squash' | 'rebase', onto: string, branch: string) =>
  mergeCommits(world.repository, {
    method,
    base: onto,
    head: await headOf(branch),
    message: 'm',
    author: who,
    committer: who,
  });

test('a merge has both sides as parents, a squash only the base', async () => {
  await world.pushBranch('x', 'x.txt', 'x', 'main');
  for (const [method, parents] of [
    ['merge', [base, await headOf('x')]],
    ['squash', [base]],
  ] as const) {
    const merged = await merge(method, base, 'x');
    const commit = 'sha' in merged ? await world.repository.commit(merged.sha) : undefined;
    expect(commit).toMatchObject({ parents, author: who, message: 'm' });
    expect((await world.repository.changedFiles(base, commit?.sha ?? '')).map(({ path }) => path)).toEqual(['x.txt']);
  }
});

test('a rebase replays each commit with its own author on a base that went on', async () => {
  const clone = await world.pushBranch('y', 'y.txt', 'y', 'main');
  await world.run(clone, 'commit', '--quiet', '--allow-empty', '-m', 'second');
  await world.run(clone, 'push', '--quiet', 'origin', 'y');
  await world.pushBranch('moved', 'moved.txt', 'moved', 'main');
  const onto = await headOf('moved');
  const rebased = await merge('rebase', onto, 'y');
  const commits = 'sha' in rebased ? await world.repository.commits(onto, rebased.sha) : [];
  expect(commits.map(({ message, author, committer }) => [message, author.name, committer.name])).toEqual([
    ['change y.txt', 'A Person', 'Merger'],
    ['second', 'A Person', 'Merger'],
  ]);
  expect(commits[0]?.parents).toEqual([onto]);
  const paths = (await world.repository.changedFiles(base, commits[1]?.sha ?? '')).map(({ path }) => path);
  expect(paths).toEqual(['moved.txt', 'y.txt']);
});

test('a conflict names its paths, whatever the method', async () => {
  await world.pushBranch('left', 'package.json', 'left', 'main');
  await world.pushBranch('right', 'package.json', 'right', 'main');
  for (const method of ['merge', 'squash', 'rebase'] as const) {
    expect(await merge(method, await headOf('left'), 'right')).toEqual({ conflicts: ['package.json'] });
  }
});
