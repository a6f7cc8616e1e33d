import { expect, test } from 'vitest';
import type { z } from 'zod';
import { buildChecks, evaluationsShape } from '../../../src/connectors/azure-repos/policies.ts';

const [before, pushedAt, after] = ['2026-11-20T09:00:00Z', Date.parse('2026-11-20T10:00:00Z'), '2026-11-20T11:00:00Z'];
const configuration = { type: { displayName: 'Build' }, settings: { buildDefinitionId: 7 } };

function stateOf(evaluation: z.input<typeof evaluationsShape>['value'][number]) {
  const { value } = evaluationsShape.parse({ value: [evaluation] });
  return buildChecks(value, 'head', pushedAt, (id) => `builds/${id}`)[0]?.state;
}

test('a verdict counts if it is about the head, or was reached after the push', () => {
  const context = (more: object) => ({ buildId: 1, ...more });
  const rejected = { status: 'rejected', configuration };
  expect(stateOf({ ...rejected, context: context({ lastMergeSourceCommitId: 'head' }) })).toBe('failed');
  expect(stateOf({ ...rejected, context: context({ lastMergeSourceCommitId: 'older' }) })).toBe('pending');
  expect(stateOf({ ...rejected, completedDate: after })).toBe('failed');
  expect(stateOf({ ...rejected, completedDate: before })).toBe('pending');
  expect(stateOf(rejected)).toBe('pending');
  expect(stateOf({ ...rejected, completedDate: after, context: context({ isExpired: true }) })).toBe('pending');
});

test('a policy that broke, is off, or is not a build does not fail the change', () => {
  const at = { completedDate: after };
  expect(stateOf({ ...at, status: 'broken', configuration })).toBe('pending');
  expect(stateOf({ ...at, status: 'notApplicable', configuration })).toBe('passed');
  expect(stateOf({ ...at, status: 'rejected', configuration: { ...configuration, isEnabled: false } })).toBeUndefined();
  const reviewers = { type: { displayName: 'Minimum number of reviewers' }, settings: {} };
  expect(stateOf({ ...at, status: 'rejected', configuration: reviewers })).toBeUndefined();
});
