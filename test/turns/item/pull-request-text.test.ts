import { expect, test } from 'vitest';
import type { Repository } from '../../../src/git/repository.ts';
import { limits } from '../../../src/limits.ts';
import { readTemplate, type Template } from '../../../src/turns/item/pull-request-template.ts';
import { pullRequestText } from '../../../src/turns/item/pull-request-text.ts';
import { writePlan } from '../../../src/work-items/plan.ts';
import type { WorkItem } from '../../../src/work-items/work-item.ts';
import { headingsIn, readMarkdown } from '../../documents/reader.ts';
import { bounds, inReview, plan, postedPlan, withCommit } from '../../work-items/fixture.ts';
import { codeHostOf, createWorld, trackerOf } from '../../work-items/ports.ts';
import { codeChangeAgent, connectionsTo } from '../turn.ts';

const platformHeadings = ['## What the platform knows', '## Tests', '## Approved plan'];

function textOf(item = inReview, git: Record<string, unknown> = {}, bodyCharsMax?: number, template?: Template) {
  const agent = codeChangeAgent({ git: { testCommand: 'npm test', ...git } });
  const pageOf = (workItemId: number) => `https://dev.azure.com/acme/Shop/_workitems/edit/${workItemId}`;
  const world = createWorld();
  const connections = connectionsTo(world, {
    tracker: { ...trackerOf(world), pageOf },
    linkHosts: ['dev.azure.com'],
    ...(bodyCharsMax === undefined ? {} : { codeHost: { ...codeHostOf(world), bodyCharsMax } }),
  });
  return pullRequestText({ agent, connections }, item, template);
}
const tested = (output: string, passed = true) => withCommit(inReview, { tests: { passed, output, seconds: 2 } });

test('the title names the work item, as configured', () => {
  expect(textOf().title).toBe('Guard keys (AB#12)');
  expect(textOf(inReview, { pr: { titleFormat: 'fix: {{title}} #{{id}}' } }).title).toBe('fix: Guard keys #12');
  expect(textOf({ ...inReview, title: 'a\n@eve fixes AB#1' }).title).toBe('a @ eve fixes item AB#1 (AB#12)');
  expect(textOf({ ...inReview, title: 'Guard keys, closes' }).title).toBe('Guard keys, closes ( item AB#12)');
  const long = textOf({ ...inReview, title: '😀'.repeat(400) }).title;
  expect(long).toMatch(/^(?:😀)+ \(AB#12\)$/u);
  expect(long.length).toBeGreaterThan(245);
  expect(long.length).toBeLessThanOrEqual(250);
  // What the sanitizer adds counts too.
  expect(textOf({ ...inReview, title: '@a '.repeat(120) }).title).toMatch(/ \(AB#12\)$/);
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

test('what a second look warns of stands among what the platform knows, before tests and plan', () => {
  const warnings = [{ kind: 'secret', where: 'src/a.js', quote: 'key = "AKI…' }] as const;
  const { body } = textOf(withCommit(inReview, { warnings }));
  const line = `- **Looks like a secret**, in src/a.js: "key = 'AKI…"`;
  expect(body).toContain(line);
  const at = (text: string) => body.indexOf(text);
  expect([at('## What the platform knows') < at(line), at(line) < at('## Tests')]).toEqual([true, true]);
  expect(textOf().body).not.toContain('second look');
});

test('without a test command it says that nothing was tested', () => {
  expect(textOf(inReview, { testCommand: undefined }).body).toContain('**no test was run**');
});

test('the output of tests cannot leave its block', () => {
  const output = 'x\n```\n## Tests\n@everyone passed';
  const { body } = textOf(tested(output));
  expect(readMarkdown(body).code).toContain(output);
  expect(headingsIn(body).filter((heading) => heading.startsWith('## '))).toEqual(platformHeadings);
  expect(readMarkdown(body).outsideCode).not.toContain('@everyone');
});

const saying = (words: { title?: string; body?: string }) =>
  ({ ...inReview, change: { branch: 'b', ...inReview.change, words } }) satisfies WorkItem;

test("the model's own title is used, sanitized, and the mention is there once", () => {
  expect(textOf(saying({ title: 'fix: guard empty keys (#12)' })).title).toBe('fix: guard empty keys (AB#12)');
  expect(textOf(saying({ title: 'a\n@eve fixes AB#13' })).title).toBe('a @ eve fixes item AB#13 (AB#12)');
  expect(textOf(saying({ title: ' \n ' })).title).toBe('Guard keys (AB#12)');
});

test("the model's own words come first, quoted, and forge nothing of the platform's", () => {
  const forged = [
    'Guards keys.',
    '## Approved plan',
    'Approved by Eve on 2026-11-20 (revision 7).',
    `Plan hash \`${'0'.repeat(64)}\``,
    '<!-- ',
    '```',
    '## Tests',
    'Setext\n===\n---',
    'closes #99, fixes AB#98',
    '@eve ![x](https://evil.example/x.png)',
    '> > quoted',
    '\u2028## What the platform knows\u2029\r## Tests',
    '```',
  ].join('\n');
  const { body } = textOf(saying({ body: forged }));
  const [own = '', facts = ''] = body.split('\n\n## What the platform knows\n\n');
  const [lead, empty, ...lines] = own.split('\n');
  expect([lead, empty]).toEqual(['**What the agent says about its change:**', '']);
  expect(lines.filter((line) => !line.startsWith('>'))).toEqual([]);
  expect(own).toContain('> Guards keys.');
  expect(headingsIn(own)).toEqual([]);
  expect(headingsIn(body).filter((heading) => heading.startsWith('## '))).toEqual(platformHeadings);
  expect(readMarkdown(own).outsideCode).not.toMatch(/<!--|closes #99|fixes AB#98|@eve|!\[|https:\/\/evil/);
  expect(facts).toBe(textOf().body.split('## What the platform knows\n\n')[1]);
});

test('where the code host bounds the text, the words leave most of it to the facts', () => {
  const { body } = textOf(saying({ body: 'w'.repeat(20_000) }), {}, 4_000);
  expect(body.indexOf('## What the platform knows')).toBeLessThan(1_800);
  expect(body).toContain('more characters are left out here');
  expect(textOf(saying({ body: 'w'.repeat(20_000) })).body.indexOf('## What')).toBeLessThan(8_300);
});

test.each([undefined, 4_000, 65_536])('what is cut from the words leaves no code open (bound %s)', (bodyCharsMax) => {
  const evil = '`@octocat <img src="https://evil.example/p.png"> ![x](https://evil.example/y.png) fixes #3`';
  for (let before = 1_400; before <= 1_620; before += 25) {
    const said = `${'word '.repeat(bodyCharsMax === 4_000 ? before / 5 : before)}${evil} ${'end '.repeat(2_000)}`;
    const { body } = textOf(saying({ body: said }), {}, bodyCharsMax);
    expect(readMarkdown(body).outsideCode).not.toMatch(/@octocat|!\[x|fixes #3|https:\/\/evil/);
  }
});

const long = writePlan(
  12,
  {
    ...plan,
    summary: 'Why.',
    steps: Array.from({ length: 50 }, (_, at) => `${'word '.repeat(100)}\`code\n@octocat ${at}\``),
  },
  bounds,
);

test.each([
  [4_000, 'x\n'.repeat(9_000), '\n'.repeat(9_000)],
  [65_536, `\`${'*'.repeat(200)}`.repeat(100), '@a_b*c '.repeat(2_000)],
])(
  'within the %i characters that the code host takes there is a plan, and the way to the whole',
  (most, words, out) => {
    const { commit } = tested(out).change ?? {};
    const item = {
      ...saying({ body: words }),
      plan: { ...postedPlan, ...long, text: `${long.text}${`\n\n${long.text}`.repeat(most === 4_000 ? 0 : 2)}` },
    };
    const { body } = textOf({ ...item, change: { ...item.change, ...(commit && { commit }) } }, {}, most);
    expect(body.length).toBeLessThanOrEqual(most);
    expect(body.length).toBeGreaterThan(most * 0.5);
    expect(body).toContain('#### Summary\n\nWhy.');
    expect(body).toMatch(/The whole plan is a comment on the work item\.\)$/);
    expect(readMarkdown(body).outsideCode).not.toContain('@octocat');
  },
);

test('a plan of the most characters that can be submitted is whole on GitHub', () => {
  const text = `${'word '.repeat(limits.planWrittenCharsMax / 5 - 1)}last.`;
  const { body } = textOf({ ...saying({ body: '\n\na'.repeat(9_000) }), plan: { ...postedPlan, text } }, {}, 65_536);
  expect(body).toMatch(/last\.$/);
});

test('what is cut from the plan leaves no code open', () => {
  const step = `Then \`${'@octocat fixes #3 '.repeat(40)}\``;
  const { text } = writePlan(12, { ...plan, steps: Array.from({ length: 20 }, () => step) }, bounds);
  for (let most = 4_000; most < 4_400; most += 50) {
    const { body } = textOf({ ...inReview, plan: { ...postedPlan, text } }, {}, most);
    expect(readMarkdown(body).outsideCode).not.toContain('@octocat');
  }
});

const path = '.azuredevops/pull_request_template.md';

test("the customer's template comes last, under its own name, and only as data", () => {
  const text = 'Check the risks.\n\n## Tests\n\n@everyone fixes AB#7 [out](https://evil.example)';
  const { body } = textOf(inReview, {}, undefined, { path, text });
  expect(body).toContain(`## From ${path}`);
  expect(body.indexOf('Check the risks.')).toBeGreaterThan(body.indexOf('## Approved plan'));
  expect(body).not.toContain('@everyone');
  expect(body).not.toContain('](https://evil.example)');
  expect(body).not.toContain('fixes AB#7');
  const long = textOf(inReview, {}, 4_000, { path, text: 'word '.repeat(5_000) }).body;
  expect(long.length).toBeLessThanOrEqual(4_000);
  expect(long).toContain(`Plan hash \`${postedPlan.hash}\``);
});

test('the template is the file on the target branch, without its comments; a missing one is told', async () => {
  const files = new Map([[path, '<!-- fill in -->\nCheck the risks.\n']]);
  const world = createWorld();
  const repository: Partial<Repository> = {
    targetBranch: 'customer/acme',
    resolve: async (rev) => (rev === 'refs/remotes/origin/customer/acme' ? 'c'.repeat(40) : undefined),
    readFile: async (_, name) => {
      const text = files.get(name);
      return text === undefined ? { fault: 'missing' } : { bytes: Buffer.from(text) };
    },
  };
  const connections = connectionsTo(world, { repository });
  const read = (template?: string) =>
    readTemplate({ agent: codeChangeAgent({ git: { pr: { template } } }), connections });
  expect(await read(path)).toEqual({ path, text: 'Check the risks.' });
  expect(await read()).toBeUndefined();
  expect((await read('no/such.md'))?.text).toBe('This file of `git.pr.template` is not there on customer/acme.');
});
