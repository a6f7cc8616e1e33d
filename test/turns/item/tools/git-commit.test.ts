/** What a commit of the model's work may not hold: the mark of a secret that was hidden from it, or too many files. */
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadIndex, storeIndex } from '../../../../src/git/tree/stat-index.ts';
import type { Drive } from '../../../../src/turns/item/drive-item.ts';
import { commitWork, type GitWork } from '../../../../src/turns/item/tools/git-commit.ts';
import { accepted, author, codeOf, createFixture, type Fixture, write } from '../../../git/fixture.ts';
import { only } from '../../../only.ts';
import { executing, postedPlan } from '../../../work-items/fixture.ts';
import { createWorld } from '../../../work-items/ports.ts';
import { codeChangeAgent, connectionsTo, itemTurn, treeAt } from '../../turn.ts';

const mark = '[jvagent-redacted:CRM_TOKEN]';
const other = '[jvagent-redacted:DB_PASSWORD]';
let fixture: Fixture;

beforeAll(async () => {
  fixture = await createFixture({ 'a.js': "import '../customer.js';\n", 'docs.md': `The mark is ${mark}.\n` });
});
afterAll(() => fixture.close());

const planned = ['a.js', 'docs.md', 'new.js', 'moved.md'];

/** Work on a fresh tree of the base, with a plan that names these paths. */
async function work({ paths = planned, diffFilesMax = 9 } = {}) {
  const tree = await fixture.tree();
  const files = paths.map((path) => ({ path, change: 'edit' as const }));
  const { plan: posted = postedPlan } = executing;
  const item = { ...executing, plan: { ...posted, plan: { ...posted.plan, files } } };
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
  const moved = await work();
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
  const many = await work({ paths });
  for (const path of paths) write(many.tree, path, 'x\n');
  expect(await many.commit()).toMatchObject({ refused: 'DIFF_FILES', why: '12 files changed, at most 9 are allowed' });

  const { tree, commit } = await work({ paths, diffFilesMax: 2 });
  const [one = '', two = '', three = '', four = '', five = ''] = paths;
  for (const path of [one, two]) write(tree, path, 'x\n');
  expect(await commit()).toMatchObject({ committed: true });
  for (const path of [one, two]) rmSync(join(tree.folder, path));
  for (const path of [three, four, five]) write(tree, path, 'x\n');
  expect(await commit()).toMatchObject({ refused: 'DIFF_FILES', why: '5 files changed, at most 4 are allowed' });
  rmSync(join(tree.folder, five));
  expect(await commit(), 'what is set back makes room').toMatchObject({ committed: true });
});
