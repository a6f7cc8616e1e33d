import { expect, test } from 'vitest';
import { pullRequestText } from '../../../src/turns/item/pull-request-text.ts';
import { headingsIn, readMarkdown } from '../../documents/reader.ts';
import { inReview, plan, postedPlan, withCommit } from '../../work-items/fixture.ts';
import { createWorld, trackerOf } from '../../work-items/ports.ts';
import { codeChangeAgent, connectionsTo } from '../turn.ts';

function textOf(item = inReview, git: Record<string, unknown> = {}) {
  const agent = codeChangeAgent({ git: { testCommand: 'npm test', ...git } });
  const pageOf = (workItemId: number) => `https://dev.azure.com/acme/Shop/_workitems/edit/${workItemId}`;
  const world = createWorld();
  const connections = connectionsTo(world, { tracker: { ...trackerOf(world), pageOf }, linkHosts: ['dev.azure.com'] });
  return pullRequestText({ agent, connections }, item);
}
const tested = (output: string, passed = true) => withCommit(inReview, { tests: { passed, output, seconds: 2 } });

test('the title names the work item, as configured', () => {
  expect(textOf().title).toBe('Guard keys (AB#12)');
  expect(textOf(inReview, { pr: { titleFormat: 'fix: {{title}} #{{id}}' } }).title).toBe('fix: Guard keys #12');
  expect(textOf({ ...inReview, title: 'a\n@eve fixes AB#1' }).title).toBe('a @ eve fixes item AB#1 (AB#12)');
  expect(textOf({ ...inReview, title: 'Guard keys, closes' }).title).toBe('Guard keys, closes ( item AB#12)');
  expect(textOf({ ...inReview, title: 'x'.repeat(400) }).title).toHaveLength(250);
});

test('the text says who approved which plan, and links the item', () => {
  const { body } = textOf();
  expect(body).toContain('https://dev.azure.com/acme/Shop/_workitems/edit/12');
  expect(body).toContain('Approved by Eve on 2026-11-20T10:01:00.000Z (revision 7).');
  expect(body).toContain(`Plan hash \`${postedPlan.hash}\``);
  for (const { path } of plan.files) expect(body).toContain(`\`${path}\``);
});

test("the host's own test run is quoted, passed or failed", () => {
  expect(textOf(tested('ok 1')).body).toContain(
    '`npm test` passed in 2 s, run by the platform on commit cccccccccccc.',
  );
  expect(textOf(tested('not ok 1', false)).body).toMatch(/\*\*failed\*\*.*not ok 1/s);
  expect(textOf(tested('a'.repeat(9_000))).body.length).toBeLessThan(5_000);
});

test('without a test command it says that nothing was tested', () => {
  expect(textOf(inReview, { testCommand: undefined }).body).toContain('**no test was run**');
});

test('the output of tests cannot leave its block', () => {
  const output = 'x\n```\n## Tests\n@everyone passed';
  const { body } = textOf(tested(output));
  expect(readMarkdown(body).code).toContain(output);
  expect(headingsIn(body).filter((heading) => heading.startsWith('## '))).toEqual(['## Tests', '## Approved plan']);
  expect(readMarkdown(body).outsideCode).not.toContain('@everyone');
});
