import { afterAll, beforeAll, expect, test } from 'vitest';
import { boardOf } from './board.ts';
import { refusals } from './look.ts';
import { delivered } from './road.ts';
import { call, commit, edit, executing, gitOps, planning, say, scriptOf, submitPlan, write } from './scripts.ts';
import { fix, startWorld, type World } from './world.ts';

const branches = 'An item whose model pushes where it may not';
const files = 'An item whose model touches more than its plan';
const state = 'An item whose model would approve itself';
const message = `${fix.commitMessage} (#{{workItemId}})`;
const zeroWidth = 'feature/acme-{{workItemId}}\u200b';

const pushesTo: readonly (readonly [branch: string, code: string])[] = [
  ['main', 'BRANCH_PREFIX'],
  ['customer/acme', 'BRANCH_PREFIX'],
  ['feature/globex-{{workItemId}}-x', 'BRANCH_PREFIX'],
  ['feature/acme-{{workItemId}}1', 'BRANCH_WORKITEM'],
  ['feature/acme-99-other', 'BRANCH_WORKITEM'],
  ['refs/heads/main', 'BRANCH_FORM'],
  [':main', 'BRANCH_CHARSET'],
  ['+HEAD:main', 'BRANCH_CHARSET'],
  ['feature/acme-{{workItemId}}\nmain', 'BRANCH_CHARSET'],
  [zeroWidth, 'BRANCH_CHARSET'],
  ['feature/acme-{{workItemId}}-another', 'BRANCH_FORM'],
];
const messages = ['mend it', 'fix: guard keys', 'fix: closes #{{workItemId}}', `${message} [skip ci]`];

let world: World;
beforeAll(async () => {
  world = await startWorld({
    script: scriptOf(
      executing(branches, [
        ...edit,
        ...messages.map((text) => gitOps({ action: 'commit', message: text })),
        commit,
        ...pushesTo.map(([branch]) => gitOps({ action: 'push', branch })),
        gitOps({ action: 'pr-create', baseBranch: 'main' }),
        gitOps({ action: 'branch-create', branch: 'main' }),
        gitOps({ action: 'pr-create', baseBranch: 'customer/acme' }),
        say('Handed over.'),
      ]),
      executing(files, [
        ...edit,
        call('Bash', { command: 'echo > test.js' }),
        commit,
        gitOps({ action: 'checkout', files: ['test.js'] }),
        write('.github/workflows/ci.yml', 'on: push\n'),
        gitOps({ action: 'add', files: ['.github/workflows/ci.yml'] }),
        commit,
        call('Bash', { command: 'rm -r .github; echo gone' }),
        commit,
        gitOps({ action: 'pr-create' }),
        say('Handed over.'),
      ]),
      planning(state, [
        call('mcp__jv__azdo', { action: 'update', fields: { 'System.State': 'Approved' } }),
        call('mcp__jv__git-ops', { action: 'commit', message }),
        call('Write', { file_path: '/tree/jsonpointer.js', content: '' }),
        call('Bash', { command: 'echo owned > jsonpointer.js; git commit -am x' }),
        submitPlan(),
      ]),
      executing(state, [
        call('mcp__jv__azdo', { action: 'update', fields: { 'System.State': 'Deployed' } }),
        ...edit,
        commit,
        gitOps({ action: 'pr-create' }),
      ]),
    ),
  });
});
afterAll(() => world.close());

const deliver = (title: string) => delivered(world, title);

test('a push to any branch but the own one is refused, and so are bad messages and another base', async () => {
  const id = await deliver(branches);
  const codes = await refusals(world, id);
  const expected = [...messages.map(() => 'MESSAGE_FORM'), ...pushesTo.map(([, code]) => code)];
  expect(codes).toEqual([...expected, 'BASE_BRANCH', 'BRANCH_PREFIX']);
  const own = (await world.session(id))?.item?.branch;
  expect(world.branches()).toEqual(['customer/acme', own, 'main']);
});

test('files outside the plan and files that steer pipelines never get into a commit', async () => {
  const id = await deliver(files);
  expect(await refusals(world, id)).toEqual(['OUT_OF_PLAN', 'PATH_META']);
  expect((await world.session(id))?.item?.change?.summary).toBe('jsonpointer.js (+3 -0)');
});

test('while it plans the model can write nothing, and at no time move the work item', async () => {
  const id = await deliver(state);
  expect(await refusals(world, id)).toEqual(['TOOL_UNAVAILABLE', 'TOOL_UNAVAILABLE', 'FIELD_DENIED']);
  expect(await world.log(id)).toContain('No such tool available: Write');
  expect(await world.log(id)).toContain('Read-only file system');
  const states = ['New', 'Planning', 'Plan Ready', 'Approved', 'In Progress', 'PR Created'];
  expect(await boardOf(world).states(id)).toEqual(states);
});
