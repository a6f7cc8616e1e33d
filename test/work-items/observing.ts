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
  const clock = { now: () => world.now, sleep: async () => {} };
  const reads = {
    tracker: trackerOf(world),
    codeHost: codeHostOf(world),
    source: sourceOf(world),
    agentIdentities,
    clock,
  };
  const gate = createGate({
    reads: { ...reads, instance: instanceOf(world), tenant: 'acme/Shop' },
    agent: { id: 'codechange/acme', configDigest: 'digest', targetBranch: 'main' },
    rules: gateRules,
    node: { blocked: async () => undefined, otherMerges: async () => [] },
    newId: () => 'p1',
  });
  const observer = createObserver({
    rules: {
      mapping: { ...mapping, ...states },
      takes: ({ tags }) => tags.includes('jvagent'),
      remindAfterHours: 48,
      targetBranch: 'main',
      branchOf: ({ workItemId }) => `feature/acme-${workItemId}`,
      configDigest: 'digest',
    },
    ...reads,
    gate,
  });
  const event = await observer.observe(item);
  return isRefusal(event) ? { refused: event.refused } : event;
}
