import { expect, it } from 'vitest';
import type { MemoryFolder } from '../../../src/agents/memory-folder.ts';
import type { Store } from '../../../src/store/database/database.ts';
import { acme, openTestStore } from '../fixture.ts';
import { together } from './together.ts';

/** A node's folder of notes, which people edit by `files`. */
function folderOf(store: Store, files: Record<string, string> | undefined) {
  const disk = { files };
  const folder: MemoryFolder = {
    read: () =>
      disk.files && { files: Object.entries(disk.files).map(([file, text]) => ({ file, text })), refused: [] },
    write({ file, text }) {
      disk.files ??= {};
      if (text === '') delete disk.files[file];
      else disk.files[file] = text;
    },
  };
  return {
    disk,
    settle: () => store.memory.settle(acme, folder),
    async edit(text: string) {
      disk.files = { ...disk.files, 'notes.md': text };
      await store.memory.settle(acme, folder);
    },
  };
}

/** Two nodes of one state, each with a folder of its own. */
async function twoNodes(first: Record<string, string> | undefined, second: Record<string, string> | undefined) {
  const a = await openTestStore({ place: 'node-a' });
  const { folder, url } = a;
  const b = await openTestStore({ folder, place: 'node-b', ...(url ? { url } : {}) });
  const texts = async () => (await a.store.memory.list(acme)).map(({ text }) => text);
  return { a: folderOf(a.store, first), b: folderOf(b.store, second), texts, url };
}

it('are the same on each node, and written to a node that has none', async () => {
  const { a, b, texts } = await twoNodes({ 'notes.md': '- one\n' }, undefined);
  await a.settle();
  await b.settle();
  expect(b.disk.files).toEqual({ 'notes.md': '- one\n' });
  await b.settle();
  await a.settle();
  expect(await texts()).toEqual(['- one\n']);
});

it('of a node that was away are out of date, and nobody takes them for an edit', async () => {
  const { a, b, texts } = await twoNodes({ 'notes.md': '- one\n' }, undefined);
  await a.settle();
  await b.settle();
  await a.edit('- two\n');
  expect(b.disk.files).toEqual({ 'notes.md': '- one\n' });
  await b.settle();
  expect(b.disk.files).toEqual({ 'notes.md': '- two\n' });
  expect(await texts()).toEqual(['- one\n', '- two\n']);
});

it('of a new node that came with an older version are brought up to date', async () => {
  const { a, b, texts } = await twoNodes({ 'notes.md': '- one\n' }, { 'notes.md': '- one\n' });
  await a.settle();
  await a.edit('- two\n');
  await b.settle();
  expect(b.disk.files).toEqual({ 'notes.md': '- two\n' });
  expect(await texts()).toEqual(['- one\n', '- two\n']);
});

it('of a new node that nobody ever accepted are added, and take nothing away', async () => {
  const { a, b } = await twoNodes({ 'notes.md': '- one\n' }, { 'notes.md': '- mine\n' });
  await a.settle();
  await b.settle();
  expect(b.disk.files).toEqual({ 'notes.md': '- one\n- mine\n' });
});

it('that people edit on two nodes at once keep the lines of both, each taken in once', async () => {
  const { a, b, texts } = await twoNodes({ 'notes.md': '- one\n- old\n' }, undefined);
  await a.settle();
  await b.settle();
  await a.edit('- one\n- old\n- from a\n');
  await b.edit('- one\n- from b\n');
  expect(b.disk.files).toEqual({ 'notes.md': '- one\n- from a\n- from b\n' });
  await a.settle();
  await b.settle();
  expect(a.disk.files).toEqual(b.disk.files);
  expect(await texts()).toHaveLength(3);
});

it('that a person puts back as they were before count again', async () => {
  const { a, texts } = await twoNodes({ 'notes.md': '- one\n' }, undefined);
  await a.settle();
  await a.edit('- two\n');
  await a.edit('- one\n');
  expect(await texts()).toEqual(['- one\n', '- two\n', '- one\n']);
});

it('that a person removes on one node are gone on the other, where they are not taken for new', async () => {
  const { a, b } = await twoNodes({ 'notes.md': '- one\n' }, undefined);
  await a.settle();
  await b.settle();
  a.disk.files = {};
  await a.settle();
  await b.settle();
  expect(b.disk.files).toEqual({});
  await a.settle();
  expect(a.disk.files).toEqual({});
});

it('of a node whose folder is gone are written again', async () => {
  const { a, texts } = await twoNodes({ 'notes.md': '- one\n' }, undefined);
  await a.settle();
  a.disk.files = undefined;
  await a.settle();
  expect(a.disk.files).toEqual({ 'notes.md': '- one\n' });
  expect(await texts()).toEqual(['- one\n']);
});

it('that two nodes take in at the same moment get numbers of their own', async () => {
  const { a, b, texts, url } = await twoNodes({ 'notes.md': '- one\n' }, { 'notes.md': '- two\n' });
  await a.settle();
  await b.settle();
  const edits = async (node: typeof a, name: string) => {
    for (let count = 0; count < 5; count++) await node.edit(`${node.disk.files?.['notes.md']}- ${name} ${count}\n`);
  };
  await together(
    url,
    () => edits(a, 'a'),
    () => edits(b, 'b'),
  );
  await a.settle();
  const lines = (await texts()).at(-1)?.split('\n') ?? [];
  for (const name of ['a', 'b']) {
    for (let count = 0; count < 5; count++) expect(lines).toContain(`- ${name} ${count}`);
  }
});
