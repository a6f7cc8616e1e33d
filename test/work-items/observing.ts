/** An observer over an outside world in memory, and what it sees of an item. */
import { isRefusal } from '../../src/refusal.ts';
import { createGate } from '../../src/work-items/gate/approval.ts';
import { createObserver } from '../../src/work-items/observe/observe.ts';
import type { WorkItem } from '../../src/work-items/work-item.ts';
import { gateRules, mapping } from './fixture.ts';
import { codeHostOf, createWorld, instanceOf, sourceOf, trackerOf, type World } from './ports.ts';

/** The account of another tenant's agent at the code host. */
const agentIdentities = ['globex-bot'];

/** What is seen of the item: the event, `refused: CODE`, or nothing. */
export async function seen(item: WorkItem, extra: Partial<World>, states: Partial<typeof mapping> = {}) {
  const world = createWorld(extra);
  const [tracker, codeHost] = [trackerOf(world), codeHostOf(world)];
  const gate = createGate({
    agentId: 'codechange/acme',
    tenant: 'acme/Shop',
    configDigest: 'digest',
    rules: gateRules,
    targetBranch: 'main',
    tracker,
    source: sourceOf(world),
    codeHost,
    instance: instanceOf(world),
    agentIdentities,
    blocked: async () => undefined,
    otherMerges: async () => [],
    clock: { now: () => world.now, sleep: async () => {} },
    newId: () => 'p1',
  });
  const observer = createObserver({
    mapping: { ...mapping, ...states },
    takes: ({ tags }) => tags.includes('jvagent'),
    remindAfterHours: 48,
    tracker,
    codeHost,
    gate,
    source: sourceOf(world),
    targetBranch: 'main',
    clock: { now: () => world.now, sleep: async () => {} },
    agentIdentities,
    configDigest: 'digest',
    branchOf: ({ workItemId }) => `feature/acme-${workItemId}`,
  });
  const event = await observer.observe(item);
  return isRefusal(event) ? { refused: event.refused } : event;
}
