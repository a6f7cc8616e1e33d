import { expect, test } from 'vitest';
import { refuse } from '../../src/refusal.ts';
import type { Store } from '../../src/store/database/database.ts';
import type { LifecycleEvent } from '../../src/work-items/lifecycle/events.ts';
import { approval, postedPlan } from '../work-items/fixture.ts';
import { acme, claimOptions, granted, openTestStore, rules } from './fixture.ts';

const amount = { usd: 0, tokens: { input: 10, cached: 20, output: 30 }, turns: 1 };
const { posted: _, ...planned } = postedPlan;
const submitted: LifecycleEvent = { kind: 'plan-submitted', ...planned };
const approved: LifecycleEvent = { kind: 'approved', approval, branch: 'feature/x' };
const failed: LifecycleEvent = { kind: 'gave-up', refusal: refuse('BUDGET_ITEM', 'it was too much') };

/** A work item to which these things happened, and what it cost. */
async function itemAfter(store: Store, agentId: string, workItemId: number, usd: number, events: LifecycleEvent[]) {
  const key = { agentId, sessionId: `wi-${workItemId}` };
  await store.sessions.ensure(key);
  const { epoch, claimId } = granted(await store.sessions.claim({ ...claimOptions, ...key }));
  for (const event of [{ kind: 'found', title: 'T', type: 'Bug' } as const, ...events]) {
    granted(await store.items.apply({ ...key, epoch, claimId, event, rules }));
  }
  await store.usage.add(key, { ...amount, usd });
}

test('of earlier work items count those of the agent that were carried out and ended', async () => {
  const { store } = await openTestStore();
  await itemAfter(store, acme, 12, 1, [submitted, approved, failed]);
  await itemAfter(store, acme, 13, 2, [submitted, approved, failed]);
  await itemAfter(store, acme, 14, 4, [submitted, approved]);
  await itemAfter(store, acme, 15, 8, [failed]);
  await itemAfter(store, acme, 17, 32, [submitted, failed]);
  await itemAfter(store, 'codechange/other', 16, 16, [submitted, approved, failed]);
  const earlier = await store.usage.earlierItems(acme);
  expect(earlier.map(({ usd }) => usd).sort()).toEqual([1, 2]);
  expect(earlier.map(({ files }) => files)).toEqual([2, 2]);
});
