/** The rows of an item whose plan waits for a person's decision. */
import { refuse } from '../../refusal.ts';
import type { WorkItem } from '../work-item.ts';
import { refusedNews } from './commit.ts';
import type { Decision, Facts, PhaseRules, Row } from './events.ts';
import {
  cancelled,
  counted,
  end,
  gaveUp,
  gone,
  notStarted,
  numbered,
  planAnew,
  planStale,
  sayOnTile,
  stay,
  workKept,
} from './moves.ts';
import { refusedWords } from './needs-info.ts';
import { restoredPlan, retried } from './operator.ts';
import { overlapOf } from './overlap.ts';

function turnedDown(item: WorkItem, feedback: string, facts: Facts): Decision {
  const words =
    feedback || 'The plan was turned down without a comment. Look at the work item again and plan differently.';
  return planAnew(item, `The plan was turned down. What people said:\n\n${words}`, facts, true);
}

/** An approval is not made use of while another item of the agent changes files of the same plan. */
const approved: Row<'approved'> = (item, { approval, branch }, { others }) => {
  const overlap = overlapOf(item, others);
  if (overlap) return stay({ ...item, refusal: overlap });
  const { refusal, ...rest } = item;
  const change = { ...item.change, branch };
  const hint = refusedNews(item);
  const begun: WorkItem = { ...counted(rest, { attempts: 0 }), approval, change, phase: 'executing' };
  const { item: next } = numbered(hint ? { ...begun, hint } : begun);
  const hash = item.plan?.hash ?? '';
  return stay(next, [{ kind: 'claim-execution', hash, approvedRev: approval.rev }]);
};

export const planReady: PhaseRules = {
  rows: {
    approved,
    'gate-refused': (item, { refusal, rev }) => notStarted(item, refusal, rev),
    rejected: (item, { feedback }, facts) => turnedDown(item, feedback, facts),
    'plan-stale': (item, { refusal }, facts) => planStale(item, refusal, facts),
    moved: (item, { to, why }, facts) =>
      to === 'new' ? turnedDown(item, '', facts) : end(item, 'cancelled', refuse('GATE_STATE', why)),
    gone,
    'work-kept': workKept,
    'reminder-due': (item, { hours }) => {
      const { plan } = item;
      if (!plan) return stay(item);
      const text = `**The plan waits for a decision** since ${hours} hours. Approve it, or turn it down with a comment.`;
      return sayOnTile({ ...item, plan: { ...plan, reminders: (plan.reminders ?? 0) + 1 } }, text);
    },
    'effect-done': (item, { intent, result: { commentId, version = 1, at = 0 } }) => {
      if (intent.kind !== 'post-plan' || !item.plan || commentId === undefined) return stay(item);
      return stay({ ...item, plan: { ...item.plan, posted: { commentId, version, at } } });
    },
    'effect-refused': (item, { intent, refusal }) => refusedWords(item, intent, 'post-plan', refusal),
    'gave-up': gaveUp,
    'cancelled-by': (item, { by, rev }) => cancelled(item, by, rev),
    'retried-by': retried,
    restored: restoredPlan,
  },
  waitsFor: ({ workItemId }) => ({
    what: 'state',
    states: ['approved', 'rejected'],
    resumePrompt: `Work item ${workItemId} has been approved. Execute the plan.`,
  }),
};
