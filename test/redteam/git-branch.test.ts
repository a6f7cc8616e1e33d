import { afterAll, beforeAll, expect, test } from 'vitest';
import { git } from '../../emulators/git-http/git.ts';
import { systemClock } from '../../src/base/clock.ts';
import { push } from '../../src/git/push.ts';
import { Permit } from '../../src/work-items/gate/permit.ts';
import { codeOf, createCountingGit, createFixture } from '../git/fixture.ts';
import { approved } from '../stories/road.ts';
import { commit, edit, executing, gitOps, say, scriptOf } from '../stories/scripts.ts';
import { startWorld, type World } from '../stories/world.ts';
import { type Answered, answersOf, refusedWith } from './calls.ts';

const own = 'feature/acme-{{workItemId}}';
const bases = ['main', 'refs/heads/customer/acme', 'customer/acme\n'];
const options = ['-d', '--mirror', '--receive-pack=touch canary'];

/** `push` to each of these is refused with the code. */
const attacks: [title: string, code: string, branches: string[]][] = [
  ['GB-01 a push of main', 'BRANCH_PREFIX', ['main']],
  ['GB-03 a push of a full ref', 'BRANCH_FORM', ['refs/heads/main', `refs/heads/${own}`]],
  ['GB-06 a push that deletes', 'BRANCH_CHARSET', [`:${own}`, ':main', ':customer/acme']],
  ["GB-09 a push of another item's branch", 'BRANCH_WORKITEM', [`${own}2`, 'feature/acme-999', `${own}x`]],
  ["GB-12 a push of another tenant's branch", 'BRANCH_PREFIX', ['feature/globex-{{workItemId}}-x']],
  ['GB-16 a push of a name with a zero-width character', 'BRANCH_CHARSET', [`${own}-\u200bx`]],
  ['GB-18 a push of options', 'BRANCH_CHARSET', options],
  ['GB-20 a push of a name that ends in a newline', 'BRANCH_CHARSET', [`${own}-x\n`]],
  ["GB-23 a push of the customer's branch", 'BRANCH_PREFIX', ['customer/acme']],
];

let world: World;
let workItemId: number;
let answers: Answered[];
let before: string;

const branchesNow = () => {
  const { directory } = world.emulators.tenants.acme;
  return git(directory, ['for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads']);
};

beforeAll(async () => {
  const hostile = attacks.flatMap(([, , branches]) => branches).map((branch) => gitOps({ action: 'push', branch }));
  const toBases = bases.map((baseBranch) => gitOps({ action: 'pr-create', baseBranch }));
  const script = [...edit, commit, gitOps({ action: 'push' }), ...hostile, ...toBases, say('Handed over.')];
  world = await startWorld({ script: scriptOf(executing('', script)) });
  before = await branchesNow();
  workItemId = await approved(world, 'An item whose model pushes where it may not');
  await world.until(workItemId, 'pr-created');
  answers = await answersOf(world, workItemId);
});
afterAll(() => world.close());

/** The result of the call with this value; each `{{workItemId}}` in it is replaced. */
function codesOf(field: string, value: string) {
  const sent = value.replaceAll('{{workItemId}}', String(workItemId));
  return [value, answers.filter(({ input }) => input[field] === sent).map(refusedWith)];
}

test.each(attacks)(
  '%s is refused with %s, and the remote has our own branch and no other change',
  async (_, code, branches) => {
    for (const branch of branches) expect(codesOf('branch', branch)).toEqual([branch, [code]]);
    const { item } = (await world.session(workItemId)) ?? {};
    const added = `refs/heads/${item?.change?.branch} ${item?.change?.commit?.sha}`;
    expect((await branchesNow()).split('\n').sort()).toEqual([...before.split('\n'), added].sort());
  },
);

test('GB-18 options in place of a branch start no git, even past the tool', async () => {
  const fixture = await createFixture({ 'a.txt': 'one\n' });
  const counting = createCountingGit(fixture.root);
  const repository = await fixture.open({ file: counting.file });
  const binding = { kind: 'push', agentId: 'a', tenant: 't', workItemId: 1, rev: 1, configDigest: 'd' } as const;
  for (const branch of options) {
    const permit = Permit.mint('p', { ...binding, sha: fixture.base, branch }, systemClock);
    expect(codeOf(await push(permit, { repository, sha: fixture.base, branch }))).toBe('BRANCH_CHARSET');
  }
  expect(counting.text()).toBe('');
  await fixture.close();
});

test('GB-26 a pull request against any base but the configured one is refused', () => {
  for (const base of bases) expect(codesOf('baseBranch', base)).toEqual([base, ['BASE_BRANCH']]);
});
