import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { git } from '../../../emulators/git-http/git.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { catchUp } from '../../../src/turns/item/catch-up.ts';
import type { PendingMerge } from '../../../src/work-items/observe/standing.ts';
import { accepted, commitFiles, createFixture, type Fixture } from '../../git/fixture.ts';
import { inReview, withCommit } from '../../work-items/fixture.ts';
import { createWorld } from '../../work-items/ports.ts';
import { codeChangeAgent, connectionsTo, itemTurn } from '../turn.ts';

const agent = codeChangeAgent({ git: { signOff: true, diffFilesMax: 1, diffLinesMax: 1 } });
const turnOn = (repository: Fixture['repository']) =>
  itemTurn({ agent, connections: connectionsTo(createWorld(), { repository }), parts: { clock: systemClock } });

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture({ 'a.txt': '1\n2\n3\n4\n5\n' });
});
afterAll(() => fixture.close());

test('a merge that git makes alone becomes a commit with both parents, to be tested and delivered', async () => {
  const { repository } = fixture;
  const tree = await fixture.tree();
  writeFileSync(join(tree.folder, 'a.txt'), '1\n2\n3\n4\nfive\nsix\n');
  const { sha: head } = accepted(await tree.commit(fixture.base));
  const theirs = await commitFiles(fixture.remote, 'customer/acme', { 'a.txt': 'one\n2\n3\n4\n5\n' }, fixture.base);
  await repository.fetch();
  const merge: PendingMerge = { theirs, of: 'target', needs: 'git', ...(await repository.merge(head, theirs)) };
  const end = await catchUp(turnOn(repository), { ...inReview }, { head, merge });
  if (!('event' in end) || end.event.kind !== 'change-made') throw new Error('no commit was made');
  const { sha, summary, deliver } = end.event;
  expect([summary, deliver]).toEqual(['a.txt (+2 -1)', 'pull-request']);
  const show = (what: string) => git(repository.gitDir, ['show', '-s', `--format=${what}`, sha]);
  expect(await show('%P')).toBe(`${head} ${theirs}`);
  expect(await show('%s')).toBe('chore: merge customer/acme (#12)');
  expect(await git(repository.gitDir, ['show', `${sha}:a.txt`])).toBe('one\n2\n3\n4\nfive\nsix');
});

test('a commit that did not get out goes out as it is; where nothing is owed the next look tells', async () => {
  const turn = turnOn(fixture.repository);
  const late = 'e'.repeat(40);
  const item = withCommit(inReview, { sha: late, deliver: 'no', pushed: false });
  expect(await catchUp(turn, item, { head: late })).toMatchObject({
    event: { kind: 'change-made', sha: late, deliver: 'pull-request' },
  });
  expect(await catchUp(turn, inReview, { head: late })).toMatchObject({ rest: { until: expect.any(Number) } });
});
