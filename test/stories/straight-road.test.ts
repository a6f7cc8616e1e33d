import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { startWorld, type World } from './world.ts';

let world: World;
afterEach(() => world.close());

test('a work item goes from New to Deployed, and the merged commit is what runs', async () => {
  world = await startWorld({ agents: [{ tenant: 'acme', config: { slack: { statusChannel: 'C0STATUS' } } }] });
  const engineer = world.engineer();
  const id = await world.fileBug();

  const planned = await world.until(id, 'plan-ready');
  expect(await engineer.state(id)).toBe('Plan Ready');
  const plan = planned.item?.plan;
  expect((await world.comments(id)).map(({ text }) => text).join()).toContain(`[jv:plan:${plan?.hash}]`);
  expect(planned.pendingTrigger).toMatchObject({ type: 'azdo_state_change', workItemId: id });
  expect(world.branches()).toEqual(['customer/acme', 'main']);

  await engineer.move(id, 'Approved');
  const { item } = await world.until(id, 'pr-created');
  expect(await engineer.state(id)).toBe('PR Created');
  expect(item?.approval?.by.name).toBe('Erin Engineer');
  expect(item?.change?.tests).toMatchObject({ passed: true });
  expect(world.branches()).toContain(item?.branch);

  await engineer.merge(item?.pullRequest?.number ?? 0);
  const deployed = await world.until(id, 'deployed');
  const { instance } = world.emulators.tenants.acme;
  expect(deployed.item?.deployedSha).toBe(deployed.item?.mergedSha);
  expect(instance.version()).toBe(deployed.item?.mergedSha);
  expect(instance.history()).toHaveLength(1);
  expect(await engineer.state(id)).toBe('Deployed');
  expect(deployed.closedAt).toBeDefined();
  expect(readdirSync(join(world.root, '.jvagent/trees'))).toEqual([]);
  expect(await world.supervisor.store.audit.verify('codechange/acme')).toEqual({ ok: true });
  const posts = await world.supervisor.store.messages.outbound(20);
  const phases = ['planning', 'plan-ready', 'executing', 'pr-created', 'deploying', 'deployed'];
  expect(posts.map(({ payload }) => /: ([a-z-]+)\./.exec(String(payload.text))?.[1])).toEqual(phases);
  const from = `agent/codechange/acme/session/wi-${id}`;
  expect(posts.every((post) => post.to === 'slack/default/C0STATUS' && post.from === from)).toBe(true);
});

test('the conversation goes on after a restart, from stored rows alone', async () => {
  world = await startWorld();
  const id = await world.fileBug();
  const before = await world.until(id, 'plan-ready');
  await world.restart();
  await world.engineer().move(id, 'Approved');
  const after = await world.until(id, 'pr-created');
  expect(after.engineSessionId).toBe(before.engineSessionId);
  const asked = world.emulators.faults.requests().filter(({ target }) => target === 'anthropic');
  const last = asked.at(-1)?.bodyText ?? '';
  expect(last).toContain('The plan is handed in and waits for approval.');
});
