/** Nodes know of each other: who works, and whose files differ. */
import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import type { Agent } from '../../../src/agents/agent.ts';
import { createAgentStore } from '../../../src/agents/agent-store.ts';
import { createLog } from '../../../src/base/log.ts';
import { limits } from '../../../src/limits.ts';
import { stoppedBy } from '../../../src/status/agent-standing.ts';
import { readAgent } from '../../../src/status/read-facts.ts';
import { createMembership } from '../../../src/supervisor/nodes/membership.ts';
import { isTrusted } from '../../../src/supervisor/trusted-agent.ts';
import { nodeText, readNodes } from '../../../src/views/nodes-view.ts';
import { createWorkspace, customerConfig } from '../../agents/workspace.ts';
import { granted, openTestStore } from '../../store/fixture.ts';

const id = 'codechange/acme';

async function nodes(...each: { config?: object; secrets?: string; key?: string }[]) {
  const { store, clock } = await openTestStore();
  const members = each.map(({ config = {}, secrets = 'CRM_TOKEN=one-secret-of-acme', key: text = 'one' }, at) => {
    const { root } = createWorkspace({
      [`${id}/jvAgent.json`]: { ...customerConfig('acme'), ...config },
      [`${id}/secrets.env`]: `${secrets}\n`,
    });
    const agents = createAgentStore({ root, home: root });
    agents.refresh();
    const key = Buffer.from(text);
    const member = createMembership({ nodes: store.nodes, agents, owner: `node-${at}`, root, key });
    const state = agents.get(id);
    if (!state || !('agent' in state)) throw new Error(JSON.stringify(state));
    return { ...member, agent: state.agent };
  });
  const said: string[] = [];
  for (const { beat } of [...members, ...members, ...members])
    said.push(...(await beat(true)).filter((text) => !text.includes('has its name')));
  const differences = async () => (await readNodes(store)).map(({ differs }) => differs?.map(({ what }) => what));
  return { store, clock, members, differences, said };
}

const log = createLog('test', 'silent');

test('nodes with the same files differ in nothing, and their secrets are stored nowhere', async () => {
  const { store, differences } = await nodes({}, {}, {});
  expect(await differences()).toEqual([[], [], []]);
  expect(JSON.stringify(await store.nodes.list())).not.toContain('one-secret');
});

test('a node with another secret is named, and no other', async () => {
  const { differences, said } = await nodes({}, { secrets: 'CRM_TOKEN=two-secret-of-acme' }, {});
  expect(await differences()).toEqual([[], ['secrets'], []]);
  expect(said, 'once, on that node').toEqual([
    'this node: its secrets.env of codechange/acme is not that of the other nodes: copy the right one to all',
  ]);
});

test('a node with another JVAGENT_HOOK_KEY is told that, and not that its secrets differ', async () => {
  const { differences, said } = await nodes({}, { key: 'another' }, {});
  expect(await differences()).toEqual([[], ['key'], []]);
  expect(said).toEqual([
    'this node: its JVAGENT_HOOK_KEY is not that of the other nodes: write the same into .env of each, and start it again',
  ]);
});

test('a node whose files are not the trusted ones claims nothing of the agent, which goes on elsewhere', async () => {
  const { store, members, differences } = await nodes({}, { config: { description: 'x', limits: { attemptsMax: 2 } } });
  const [trusted, other] = [granted(members[0]), granted(members[1])];
  expect(await isTrusted(store, trusted.agent, { log, ...trusted })).toBe(true);
  expect(await isTrusted(store, other.agent, { log, ...other })).toBe(false);
  expect((await store.agents.get(id)).fault).toBeUndefined();
  expect(await differences()).toEqual([[], ['files']]);
  await trusted.leave();
  await other.beat(true);
  expect(await isTrusted(store, other.agent, { log, ...other })).toBe(false);
  expect((await store.agents.get(id)).fault).toMatchObject({ refused: 'CONFIG_UNTRUSTED' });
});

test('files that differ from the trusted ones of another node are to be copied from there, and else to be trusted', async () => {
  const { store, clock, members } = await nodes({}, { config: { description: 'x', limits: { attemptsMax: 2 } } });
  const [trusted, other] = [granted(members[0]), granted(members[1])];
  await isTrusted(store, trusted.agent, { log, ...trusted });
  const stopped = async ({ agent }: { agent: Agent } = other) =>
    stoppedBy(await readAgent(store, { id: agent.id, agent }, { isUp: true, now: clock.now() }))?.fix;
  expect(await stopped()).toBe(`Read the difference and run \`jvagent trust ${id}\`.`);
  const files = { [id]: { digest: trusted.agent.digest } };
  await store.nodes.beat({ owner: 'far', name: 'node-1', version: '1', takesWork: true, files });
  expect(await stopped()).toBe(
    `Another node (node-1) has the trusted files and goes on: copy them here. Or, if the files here are to count for all nodes, copy them to each node and run \`jvagent trust ${id}\`.`,
  );
  expect(await stopped(trusted)).toBeUndefined();
});

test('nodes with one name bear their ids too, and one with a name of its own does not', async () => {
  const { store } = await openTestStore();
  const one = { name: 'host', version: '1', takesWork: true, files: {} };
  await store.nodes.beat({ ...one, owner: '11111111-aaaa' });
  const names = async () => (await readNodes(store)).map(({ name }) => name);
  expect(await names()).toEqual(['host']);
  await store.nodes.beat({ ...one, owner: '22222222-bbbb' });
  await store.nodes.beat({ ...one, owner: '33333333-cccc', name: 'other' });
  expect(await names()).toEqual(['host 11111111', 'host 22222222', 'other']);
});

test('a node that was killed and started again is listed once as soon as the killed one is silent', async () => {
  const { store, clock } = await openTestStore();
  const one = { name: 'host', version: '1', takesWork: true, files: {} };
  await store.nodes.beat({ ...one, owner: 'killed' });
  await store.nodes.beat({ ...one, owner: 'other', name: 'far' });
  clock.time += limits.leaseSeconds * 1_000 - 1;
  await store.nodes.beat({ ...one, owner: 'again' });
  expect(await store.nodes.list()).toHaveLength(3);
  clock.time += 2;
  await store.nodes.beat({ ...one, owner: 'again' });
  expect((await store.nodes.list()).map(({ owner }) => owner)).toEqual(['other', 'again']);
});

test('a node whose name another living node has says so once, and not of a start of before that was killed', async () => {
  const { store, clock, members } = await nodes({});
  const { beat } = granted(members[0]);
  const far = { owner: 'far', name: hostname(), version: '1', takesWork: true, files: {} };
  await store.nodes.beat(far);
  const news = async () => {
    clock.time += 10_000;
    return beat(true);
  };
  expect([await news(), await news()]).toEqual([[], []]);
  await store.nodes.beat(far);
  const text = `this node: another node has its name, ${hostname()}: give each machine a name of its own, so that people can tell them apart`;
  expect(await news()).toEqual([text]);
  await store.nodes.beat(far);
  expect([await news(), await news(), await news()]).toEqual([[], [], []]);
  await store.nodes.beat(far);
  expect(await news()).toEqual([]);
});

test('a node that is silent for a lease takes no work, says a status, and is forgotten after a day', async () => {
  const { store, clock, members } = await nodes({}, {});
  clock.time += limits.leaseSeconds * 1_000;
  await granted(members[1]).beat(true);
  const [silent, working] = (await readNodes(store)).sort((a, b) => (b.silentMs ?? 0) - (a.silentMs ?? 0));
  expect(silent && nodeText(silent)).toMatch(/: has not been heard of for 90 s$/);
  expect(working && nodeText(working)).toMatch(/: takes work$/);
  clock.time += limits.nodeHours * 3_600_000;
  await granted(members[1]).beat(true);
  expect(await store.nodes.list()).toHaveLength(1);
});
