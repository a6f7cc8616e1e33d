/** The rows of an item that nobody has taken up yet. */
import { refuse } from '../../refusal.ts';
import type { WorkItem } from '../work-item.ts';
import type { EventOf, PhaseRules } from './events.ts';
import { cancelled, enterSaying, numbered, stay } from './moves.ts';
import { restoredUntouched, retried } from './operator.ts';

/** Approved before there was a plan: that approves nothing, and the tile says so. */
export function approvedTooEarly(item: WorkItem, { title, type }: EventOf<'found-approved'>) {
  const refusal = refuse('GATE_NO_PLAN', `work item ${item.workItemId} was approved before there was a plan`);
  const text = `**Not started** (GATE_NO_PLAN): ${refusal.why}. ${refusal.fix}`;
  return enterSaying({ ...item, title, type }, 'planning', text);
}

export const intake: PhaseRules = {
  rows: {
    found: (before, { title, type }) => {
      const { item, nth } = numbered({ ...before, title, type, phase: 'planning' });
      return stay(item, [{ kind: 'claim-plan', nth }]);
    },
    'found-approved': approvedTooEarly,
    'cancelled-by': (item, { by, rev }) => cancelled(item, by, rev),
    'retried-by': retried,
    restored: restoredUntouched,
  },
};
