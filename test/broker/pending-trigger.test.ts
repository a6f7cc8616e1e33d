import { expect, test } from 'vitest';
import { pendingTriggerSchema } from '../../src/broker/pending-trigger.ts';

const wait = { type: 'azdo_state_change', workItemId: 12_345, resumePrompt: 'Execute the plan.' };

test('a session may wait for one state or for several', () => {
  expect(pendingTriggerSchema.safeParse({ ...wait, targetState: 'Approved' }).success).toBe(true);
  expect(pendingTriggerSchema.safeParse({ ...wait, targetStates: ['Approved', 'Rejected'] }).success).toBe(true);
});

test('a wait for no state, or for both forms, is refused', () => {
  expect(pendingTriggerSchema.safeParse(wait).success).toBe(false);
  expect(pendingTriggerSchema.safeParse({ ...wait, targetState: 'A', targetStates: ['B'] }).success).toBe(false);
});
