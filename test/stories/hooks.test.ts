/** With hooks nobody has to look at the board: what people do is seen at once, and what hooks say wrongly changes nothing. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { subscribeHooks } from '../../src/cli/demo/subscribe.ts';
import { brokerOver } from '../../src/supervisor/supervisor.ts';
import { hookSecret } from '../../src/triggers/hook-keys.ts';
import { freePort } from '../free-port.ts';
import { boardOf } from './board.ts';
import { isPlan, modelRequests, pushes } from './look.ts';
import { startWorld, type World } from './world.ts';

const hookKey = 'the-long-enough-hook-key-of-this-story';
const agentId = 'codechange/acme';

let world: World;
afterEach(() => world.close());

/** One more look at the work item, as whatever a late hook may still bring is. */
async function lookAgain(workItemId: number): Promise<void> {
  const { store, agents } = world.supervisor;
  const before = (await world.session(workItemId))?.lastActiveAt ?? 0;
  const draft = { to: `agent/${agentId}`, command: 'work.process', payload: { workItemId } };
  await brokerOver(store, agents, systemClock).publish(draft, { kind: 'platform', name: 'test' });
  await world.eventually('a look', async () => {
    const session = await world.session(workItemId);
    return (session?.lastActiveAt ?? 0) > before && session?.leaseOwner === undefined;
  });
}

test('with hooks alone, doubled and out of order, a work item is deployed without a heartbeat, and each step is done once', async () => {
  const port = await freePort();
  const env = `JVAGENT_HOOK_KEY=${hookKey}\nJVAGENT_HOOK_PORT=${port}\n`;
  world = await startWorld({
    isUnwatched: true,
    prepare: ({ root }) => writeFileSync(join(root, '.env'), env, { mode: 0o600 }),
  });
  const { hooks, faults, tenants } = world.emulators;
  await subscribeHooks(world.emulators, 'acme', { agentId, port, secret: hookSecret(hookKey, agentId) });
  // Every other hook comes twice, and the one after it is overtaken by the second time.
  hooks.misbehave((nth) => (nth % 2 === 0 ? [0, 300] : [600]));

  const id = await world.fileBug();
  await world.until(id, 'plan-ready');
  await world.engineer().move(id, 'Approved');
  const { item } = await world.until(id, 'pr-created');
  await world.engineer().merge(item?.review?.number ?? 0);
  await world.until(id, 'deployed');
  const asked = modelRequests(world).length;
  await hooks.idle();
  await lookAgain(id);

  expect((await world.supervisor.store.agents.get(agentId)).lastHeartbeatAt).toBeUndefined();
  const bodies = hooks.deliveries().map(({ body }) => body);
  expect(bodies.length).toBeGreaterThan(new Set(bodies).size);
  expect(new Set(hooks.deliveries().map(({ status }) => status))).toEqual(new Set([204]));
  expect(modelRequests(world)).toHaveLength(asked);
  expect((await world.comments(id)).filter(isPlan)).toHaveLength(1);
  expect(pushes(world)).toBe(1);
  const openings = faults.requests().filter(({ method, path }) => method === 'POST' && /pulls$/.test(path));
  expect(openings).toHaveLength(1);
  expect(tenants.acme.instance.history()).toHaveLength(1);
  const road = ['New', 'Planning', 'Plan Ready', 'Approved', 'In Progress', 'PR Created', 'Deployed'];
  expect(await boardOf(world).states(id)).toEqual(road);
});
