import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { AgentState, AgentStore } from '../../../src/agents/agent-store.ts';
import { noteActivity, readActivity } from '../../../src/supervisor/copies/activity.ts';
import { createFollower } from '../../../src/supervisor/copies/follow.ts';
import { only } from '../../only.ts';
import { openTestStore, testFolder } from '../../store/fixture.ts';
import { codeChangeAgent } from '../../turns/turn.ts';
import { nodeOver } from '../node.ts';

const at = Date.UTC(2026, 10, 20, 12);

/** A node with a workspace of its own, which follows the state step by step. Its own clock may be ahead of the state's. */
async function createNode(place: string, shared: { folder?: string; url?: string | undefined } = {}, aheadMs = 0) {
  const opened = await openTestStore({ ...shared, place });
  const { store, clock } = opened;
  const ownClock = { ...clock, now: () => clock.now() + aheadMs };
  const agent = { ...codeChangeAgent(), folder: testFolder() };
  const state: AgentState = { id: agent.id, agent };
  const agents = only<AgentStore>('agents', { list: () => [state] });
  const path = (name: string) => join(agent.folder, 'memory', name);
  return {
    ...opened,
    agent,
    step: createFollower(nodeOver({ store, clock: ownClock }, { agents }).node),
    read: (name: string) => readFileSync(path(name), 'utf8'),
    write(name: string, text: string) {
      mkdirSync(dirname(path(name)), { recursive: true, mode: 0o700 });
      writeFileSync(path(name), text, { mode: 0o600 });
    },
  };
}

async function twoNodes(aheadMs = 0) {
  const a = await createNode('node-a');
  return { a, b: await createNode('node-b', { folder: a.folder, url: a.url }, aheadMs) };
}

test('what an agent did on one node stands in the file of the other, with every line of both', async () => {
  const { a, b } = await twoNodes();
  await noteActivity(a.store, a.agent, at, 'push 1: done');
  await b.step();
  expect(b.read('activity.md')).toBe('- 2026-11-20T12:00:00.000Z push 1: done\n');
  await noteActivity(b.store, b.agent, at, 'push 2: done');
  await noteActivity(a.store, a.agent, at, 'push 3: done');
  await Promise.all([a.step(), b.step()]);
  expect(a.read('activity.md')).toBe(b.read('activity.md'));
  expect(a.read('activity.md').match(/push \d/g)).toEqual(['push 1', 'push 2', 'push 3']);
  expect(await readActivity(b.store, b.agent)).toBe(a.read('activity.md'));
});

test('the record of a node from before it was in the state goes on', async () => {
  const { a, b } = await twoNodes();
  a.write('activity.md', '- 2026-01-01T00:00:00.000Z push 0: done\nnot a line of ours\n');
  await noteActivity(a.store, a.agent, at, 'push 1: done');
  await b.step();
  expect(b.read('activity.md').match(/push \d/g)).toEqual(['push 0', 'push 1']);
});

test('notes that a person edits on a node that has no turn are taken in, and written on the others', async () => {
  const { a, b } = await twoNodes();
  a.write('notes.md', '- one\n');
  await a.step();
  await b.step();
  expect(b.read('notes.md')).toBe('- one\n');
  b.write('notes.md', '- one\n- two\n');
  await b.step();
  await a.step();
  expect(a.read('notes.md')).toBe('- one\n- two\n');
  const versions = await a.store.memory.list(a.agent.id);
  expect(versions.map(({ text }) => text)).toEqual(['- one\n', '- one\n- two\n']);
});

test('a node whose clock is far ahead follows notes all the same, and one whose state has long been quiet reads few', async () => {
  const { a, b } = await twoNodes(24 * 3_600_000);
  for (const text of ['- one\n', '- one\n- two\n']) {
    a.write('notes.md', text);
    await a.step();
    await b.step();
    expect(b.read('notes.md')).toBe(text);
  }
  a.clock.time += 3_600_000;
  b.clock.time += 3_600_000;
  await b.step();
  const settled = vi.spyOn(b.store.memory, 'settle');
  await b.step();
  expect(settled).not.toHaveBeenCalled();
});
