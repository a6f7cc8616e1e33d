import { expect, test } from 'vitest';
import { overlapOf } from '../../../src/work-items/lifecycle/overlap.ts';
import { deploying, executing, inReview, plan, planReady, postedPlan } from '../fixture.ts';

const other = (item: typeof executing, path = 'src/pointer.js') => ({
  ...item,
  workItemId: 5,
  plan: { ...postedPlan, plan: { ...plan, files: [{ path, change: 'edit' as const }] } },
});

test('an item waits for another in work or in review that plans one of its files', () => {
  expect(overlapOf(planReady, [other(executing)])).toMatchObject({
    refused: 'OVERLAP',
    why: 'work item 5, which is worked on, changes src/pointer.js too',
  });
  expect(overlapOf(planReady, [other(inReview)])?.why).toContain('in review');
});

test('nothing waits for itself, for other files, or for what is merged or only planned', () => {
  expect(overlapOf(planReady, [executing])).toBeUndefined();
  expect(overlapOf(planReady, [other(executing, 'README.md')])).toBeUndefined();
  expect(overlapOf(planReady, [other(deploying), other(planReady)])).toBeUndefined();
});
