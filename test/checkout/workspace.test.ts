import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { keepUncommitted } from '../../src/checkout/kept-work.ts';
import { createWorkspace } from '../../src/checkout/workspace.ts';
import { newWorkItem } from '../../src/work-items/work-item.ts';
import { accepted, author, createFixture, type Fixture, write } from '../git/fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture({ 'a.txt': 'one\n', '.gitignore': 'built/\n' });
});
afterAll(() => fixture.close());

/** The disk of a node, whose repository has all that the others' have. */
function createNode() {
  const stateFolder = mkdtempSync(join(fixture.root, 'node-'));
  const runFolder = join(stateFolder, 'run');
  mkdirSync(runFolder);
  const { repository, base: sha } = fixture;
  const workspace = createWorkspace({ agentId: 'acme', stateFolder, runFolder, repository, ownerUid: undefined });
  const prepare = async (last: string | undefined, kept?: string) => {
    const asked = { sessionId: 'wi-12', sha, branch: 'main', keep: true, last };
    return accepted(await workspace.prepare({ ...asked, ...(kept ? { kept } : {}) }));
  };
  return { prepare };
}

const textIn = ({ folder }: { folder: string }) => readFileSync(join(folder, 'a.txt'), 'utf8');

it("goes on with the files of the session's last turn", async () => {
  const { prepare } = createNode();
  const tree = await prepare(undefined);
  expect([tree.from, tree.name]).toEqual(['commit', expect.any(String)]);
  write(tree, 'a.txt', 'half\n');
  const again = await prepare(tree.name);
  expect([again.from, again.name, textIn(again)]).toEqual(['turn', tree.name, 'half\n']);
});

it('writes its files again when the last turn worked on another node meanwhile', async () => {
  const [a, b] = [createNode(), createNode()];
  const first = await a.prepare(undefined);
  write(first, 'a.txt', 'of the first node\n');
  const second = await b.prepare(first.name);
  expect([second.from, textIn(second)]).toEqual(['commit', 'one\n']);
  const third = await a.prepare(second.name);
  expect([third.from, textIn(third)]).toEqual(['commit', 'one\n']);
  expect(new Set([first.name, second.name, third.name]).size).toBe(3);
});

it('has what was in no commit on either node, and on its own the ignored files too', async () => {
  const [a, b] = [createNode(), createNode()];
  const tree = await a.prepare(undefined);
  write(tree, 'a.txt', 'half\n');
  write(tree, 'built/out.txt', 'built\n');
  const { repository } = fixture;
  const how = { repository, author, clock: { now: () => 1_700_000_000_000, sleep: async () => {} } };
  const kept = accepted(await keepUncommitted(how, newWorkItem(12, '', ''), tree)) ?? '';
  tree.keptAs(kept);
  const here = await a.prepare(tree.name, kept);
  expect([here.from, existsSync(join(here.folder, 'built/out.txt'))]).toEqual(['turn', true]);
  const there = await b.prepare(tree.name, kept);
  expect([there.from, textIn(there), existsSync(join(there.folder, 'built'))]).toEqual(['kept', 'half\n', false]);
});

it('goes on with a tree from before trees had names, until another one has a name', async () => {
  const { prepare } = createNode();
  const tree = await prepare(undefined);
  write(tree, 'a.txt', 'half\n');
  rmSync(join(tree.folder, '..', 'name'));
  const again = await prepare(undefined);
  expect([again.from, textIn(again)]).toEqual(['turn', 'half\n']);
  expect((await prepare('another')).from).toBe('commit');
});
