/** What a commit of the model's work may hold: no mark of a secret that was hidden from it, not too many files, only what was planned, and nothing that undoes the work of people. */
import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { measuredAgainst } from '../../../../src/git/kept/kept-work.ts';
import { loadIndex, storeIndex } from '../../../../src/git/tree/stat-index.ts';
import type { Drive } from '../../../../src/turns/item/drive-item.ts';
import { commitWork, type GitWork } from '../../../../src/turns/item/tools/git-commit.ts';
import type { Plan } from '../../../../src/work-items/plan.ts';
import { accepted, author, codeOf, commitFiles, createFixture, type Fixture, write } from '../../../git/fixture.ts';
import { only } from '../../../only.ts';
import { executing, postedPlan } from '../../../work-items/fixture.ts';
import { createWorld } from '../../../work-items/ports.ts';
import { codeChangeAgent, connectionsTo, itemTurn, treeAt } from '../../turn.ts';

const mark = '[jvagent-redacted:CRM_TOKEN]';
const other = '[jvagent-redacted:DB_PASSWORD]';
let fixture: Fixture;

beforeAll(async () => {
  fixture = await createFixture({
    '.gitignore': '*.env\nout/\n',
    link: { mode: '120000', content: 'a.js' },
    'old.md': 'old\n',
    'a.js': "import '../customer.js';\n",
    'docs.md': `The mark is ${mark}.\n`,
  });
});
afterAll(() => fixture.close());

type Files = Plan['files'];
const edited = (paths: readonly string[]): Files => paths.map((path) => ({ path, change: 'edit' }));
const planned = edited(['a.js', 'docs.md', 'new.js', 'moved.md']);

/** Work on a fresh tree of the base, under a plan of these files. */
async function work({ files = planned, diffFilesMax = 9, change = executing.change } = {}) {
  const tree = await fixture.tree();
  const { plan: posted = postedPlan } = executing;
  const item = {
    ...executing,
    plan: { ...posted, baseSha: fixture.base, plan: { ...posted.plan, files } },
    ...(change ? { change } : {}),
  };
  const turn = itemTurn({
    agent: codeChangeAgent({ git: { author: `${author.name} <${author.email}>`, diffFilesMax, diffLinesMax: 99 } }),
    connections: connectionsTo(createWorld(), { repository: fixture.repository }),
    parts: { hidden: [{ name: 'CRM_TOKEN', value: 'token-of-the-crm' }] },
  });
  const git: GitWork = {
    turn,
    tree: treeAt(fixture.base, {
      folder: tree.folder,
      index: () => loadIndex(tree.indexFile),
      setIndex: (index) => storeIndex(tree.indexFile, index),
      takeBack: async (sha) =>
        storeIndex(tree.indexFile, await measuredAgainst(fixture.repository, loadIndex(tree.indexFile), sha)),
    }),
    drive: only<Drive>('drive', { item: () => item, advance: async () => ({ item, openIntents: [] }) }),
    added: new Set(),
  };
  return { tree, commit: (message = 'fix: change things (#12)') => commitWork(git, message) };
}

test('a change that adds the mark is refused, with the file, the secret and what to do', async () => {
  const { tree, commit } = await work();
  write(tree, 'a.js', `import '../${mark}.js';\n`);
  expect(await commit()).toMatchObject({
    refused: 'SECRET_MARK',
    why: `${mark} would be written into a.js`,
    fix: expect.stringContaining('git-ops checkout'),
  });
});

test('so is a new file with it, and one more of it, or that of another secret, in a file that has it', async () => {
  for (const [path, text] of [
    ['new.js', `// ${mark}\n`],
    ['docs.md', `The mark is ${mark}, I say ${mark}.\n`],
    ['docs.md', `The mark is ${other}.\n`],
    ['new.js', '// [jvagent-redacted:crm-token]\n'],
    ['new.js', Buffer.from(`// ${mark}\n`, 'utf16le').toString('latin1')],
  ] as const) {
    const { tree, commit } = await work();
    write(tree, path, text);
    expect(codeOf(await commit())).toBe('SECRET_MARK');
  }
});

test('a file of the base with the mark can be changed, moved and cleaned like any other', async () => {
  const changed = await work();
  write(changed.tree, 'docs.md', `The mark is ${mark}, with a comma.\n`);
  expect(await changed.commit()).toMatchObject({ committed: true });
  const moved = await work({
    files: [
      { path: 'docs.md', change: 'delete' },
      { path: 'moved.md', change: 'new' },
    ],
  });
  renameSync(join(moved.tree.folder, 'docs.md'), join(moved.tree.folder, 'moved.md'));
  expect(await moved.commit()).toMatchObject({ committed: true });
  const without = await work();
  write(without.tree, 'docs.md', 'It had a mark.\n');
  expect(await without.commit()).toMatchObject({ committed: true });
});

test('a mark moved from one file to another is refused', async () => {
  const { tree, commit } = await work();
  write(tree, 'docs.md', 'It had a mark.\n');
  write(tree, 'a.js', `import '../${mark}.js';\n`);
  expect(codeOf(await commit())).toBe('SECRET_MARK');
});

test("a secret that the model writes into a file stays as it wrote it, and is hidden in the commit's message", async () => {
  const { tree, commit } = await work();
  write(tree, 'a.js', "import '../token-of-the-crm.js';\n");
  const made = accepted((await commit('fix: use token-of-the-crm (#12)')) as { sha: string });
  const content = await fixture.repository.readFile(made.sha, 'a.js', 1_000);
  expect('bytes' in content && content.bytes.toString()).toBe("import '../token-of-the-crm.js';\n");
  const [newest] = await fixture.repository.log(made.sha, 1);
  expect(newest?.subject).toBe(`fix: use ${mark} (#12)`);
});

test('more files than git.diffFilesMax are refused by their number, counted over the whole branch', async () => {
  const paths = Array.from({ length: 12 }, (_, at) => `new-${at}.js`);
  const many = await work({ files: edited(paths) });
  for (const path of paths) write(many.tree, path, 'x\n');
  expect(await many.commit()).toMatchObject({ refused: 'DIFF_FILES', why: '12 files changed, at most 9 are allowed' });

  const { tree, commit } = await work({ files: edited(paths), diffFilesMax: 2 });
  const [one = '', two = '', three = '', four = '', five = ''] = paths;
  for (const path of [one, two]) write(tree, path, 'x\n');
  expect(await commit()).toMatchObject({ committed: true });
  for (const path of [one, two]) rmSync(join(tree.folder, path));
  for (const path of [three, four, five]) write(tree, path, 'x\n');
  expect(await commit()).toMatchObject({ refused: 'DIFF_FILES', why: '5 files changed, at most 4 are allowed' });
  rmSync(join(tree.folder, five));
  expect(await commit(), 'what is set back makes room').toMatchObject({ committed: true });
});

test('what people pushed while a commit was refused is neither built upon nor undone by the next one', async () => {
  const branch = 'feature/acme-12';
  const refused = { sha: '', words: 'Push cannot contain secrets' };
  const { tree, commit } = await work({ files: edited(['a.js', 'old.md']), change: { branch, refused } });
  write(tree, 'a.js', 'const secret = 1;\n');
  refused.sha = accepted((await commit()) as { sha: string }).sha;
  const theirs = await commitFiles(fixture.remote, branch, { 'old.md': 'What people wrote.\n' }, fixture.base);
  await fixture.repository.fetch();
  write(tree, 'a.js', 'const none = 1;\n');
  const { sha } = accepted((await commit()) as { sha: string });
  const { repository } = fixture;
  expect(await repository.log(sha, 9, fixture.base), 'the refused commit is not in its history').toHaveLength(1);
  expect(await repository.isAncestor(theirs, sha)).toBe(false);
  const merged = await repository.merge(sha, theirs);
  expect(merged.conflicts).toEqual([]);
  const kept = await repository.readFile(merged.tree, 'old.md', 1_000);
  expect('bytes' in kept && kept.bytes.toString()).toBe('What people wrote.\n');
});

test('what people had pushed before stays below the commit that replaces a refused one', async () => {
  const branch = 'feature/acme-12-2';
  const before = await commitFiles(fixture.remote, branch, { 'docs.md': 'Before.\n' }, fixture.base);
  await fixture.repository.fetch();
  const refused = { sha: '', words: 'Push cannot contain secrets' };
  const { tree, commit } = await work({ change: { branch, refused } });
  // The turn began on what people had pushed.
  write(tree, 'docs.md', 'Before.\n');
  storeIndex(tree.indexFile, await measuredAgainst(fixture.repository, loadIndex(tree.indexFile), before));
  write(tree, 'a.js', 'const secret = 1;\n');
  refused.sha = accepted((await commit()) as { sha: string }).sha;
  write(tree, 'a.js', 'const none = 1;\n');
  const { sha } = accepted((await commit()) as { sha: string });
  expect(await fixture.repository.resolve(`${sha}^`)).toBe(before);
});

test('a planned file changes only in the way that was approved', async () => {
  const files: Files = [
    ...edited(['a.js', 'link']),
    { path: 'old.md', change: 'delete' },
    { path: 'new.js', change: 'new' },
  ];
  const removed = await work({ files });
  rmSync(join(removed.tree.folder, 'a.js'));
  expect(await removed.commit()).toMatchObject({
    refused: 'OUT_OF_PLAN',
    why: 'the approved plan says "edit: a.js", but your work deletes it',
    fix: expect.stringContaining('submit-plan'),
  });
  symlinkSync('docs.md', join(removed.tree.folder, 'a.js'));
  expect(await removed.commit()).toMatchObject({
    refused: 'OUT_OF_PLAN',
    why: expect.stringContaining('symbolic link'),
  });

  const kept = await work({ files });
  write(kept.tree, 'old.md', 'Kept after all.\n');
  expect(await kept.commit()).toMatchObject({
    refused: 'OUT_OF_PLAN',
    why: 'the approved plan says "delete: old.md", but your work keeps it with other content',
  });

  const asPlanned = await work({ files });
  rmSync(join(asPlanned.tree.folder, 'link'));
  symlinkSync('new.js', join(asPlanned.tree.folder, 'link'));
  rmSync(join(asPlanned.tree.folder, 'old.md'));
  write(asPlanned.tree, 'new.js', 'new\n');
  expect(await asPlanned.commit()).toMatchObject({ committed: true });
  rmSync(join(asPlanned.tree.folder, 'new.js'));
  write(asPlanned.tree, 'old.md', 'old\n');
  expect(await asPlanned.commit('fix: set back (#12)'), 'its own file goes, the other one is as before').toMatchObject({
    committed: true,
  });
});

test('a planned file that .gitignore matches is named, and not committed', async () => {
  const { tree, commit } = await work({ files: edited(['a.js', 'app.env', 'out/b.js']) });
  write(tree, 'app.env', 'A=1\n');
  write(tree, 'out/b.js', 'b\n');
  const left = { ignored: ['app.env', 'out/b.js'], note: expect.stringContaining('not committed') };
  expect(await commit()).toMatchObject({ committed: false, why: 'nothing changed', ...left });
  write(tree, 'a.js', 'a\n');
  expect(await commit()).toMatchObject({ committed: true, files: [{ path: 'a.js' }], ...left });
});
