/** The rows of an item whose plan waits for a person's decision. */
import { refuse } from '../../refusal.ts';
import { pauses, tryAgainAt } from '../../waits.ts';
import { quoted } from '../quote.ts';
import { timeText } from '../time-text.ts';
import type { WorkItem } from '../work-item.ts';
import { refusedNews } from './commit.ts';
import type { Decision, EventOf, Facts, Intent, PhaseRules, Row } from './events.ts';
import {
  cancelled,
  counted,
  end,
  fresh,
  gaveUp,
  gone,
  notStarted,
  numbered,
  planAgain,
  planStale,
  sayOnTile,
  stay,
  withoutStale,
  workKept,
} from './moves.ts';
import { refusedWords } from './needs-info.ts';
import { restoredPlan, retried } from './operator.ts';
import { overlapOf } from './overlap.ts';

/** What is said of a decision that nobody can see on the tile. */
function toldOnTile({ feedback, by }: EventOf<'rejected'>): string | undefined {
  if (by === undefined) return undefined;
  return feedback === ''
    ? `**${by} rejected the plan** in Slack.`
    : quoted(`${by} asked in Slack for changes of the plan`, feedback);
}

function turnedDown(before: WorkItem, event: EventOf<'rejected'>, facts: Facts): Decision {
  const { feedback, hash } = event;
  if (hash !== undefined && hash !== before.plan?.hash) return stay(before);
  const item = withoutStale(before);
  const words =
    feedback || 'The plan was rejected without a comment. Look at the work item again and plan differently.';
  const next = planAgain(item, `The plan was rejected. What people said:\n\n${words}`, facts, true);
  const text = toldOnTile(event);
  const told: Intent[] = text === undefined ? [] : [{ kind: 'comment', text, nth: next.item.counts.moves }];
  return { ...next, intents: [...told, ...next.intents] };
}

/** The time as people read it in a sentence. */
const againText = ({ againAt }: { againAt: number }) => `it will be planned again by ${timeText(againAt)}`;

/**
 * Planned files changed on the target branch. A busy branch would cost a plan for each push: the plan says that it must not
 * be approved, and is made again after a pause that grows.
 */
const stale: Row<'plan-stale'> = (before, { refusal, rev }, facts) => {
  const { plan } = before;
  if (!plan || refusal.refused !== 'GATE_BASE') return planStale(before, refusal, facts);
  const nth = before.counts.stale ?? 0;
  const known = plan.stale ?? { refusal, againAt: tryAgainAt(facts.now, pauses.stalePlan, nth) };
  if (facts.now >= known.againAt) return planStale(counted(before, { stale: nth + 1 }), known.refusal, facts);
  const item: WorkItem = { ...before, plan: { ...plan, stale: known } };
  const { why } = known.refusal;
  const mark: Intent = { kind: 'mark-stale', hash: plan.hash, why, againAt: known.againAt };
  const marks = plan.stale ? [] : [mark];
  const told = { ...known.refusal, why: `${why}; ${againText(known)}`, fix: fixStale };
  if (rev === undefined) return stay({ ...item, refusal: told }, marks);
  const { item: next, intents } = notStarted(item, told, rev);
  return { item: next, intents: [...marks, ...intents] };
};

const fixStale =
  'Do not approve this plan: approve the next one. To have it made now, run `jvagent retry ID WORKITEM`.';

/** A plan that waits to be made again is made at once. */
const retriedPlan: Row<'retried-by'> = (item, _event, facts) => {
  const { plan } = item;
  return plan?.stale ? planStale(fresh(item), plan.stale.refusal, facts) : retried(item);
};

/** An approval waits while another item of the agent changes files of the same plan. */
const approved: Row<'approved'> = (item, { approval, branch }, { others }) => {
  const overlap = overlapOf(item, others);
  if (overlap) return stay({ ...item, refusal: overlap });
  const { refusal, ...rest } = withoutStale(item);
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
    rejected: turnedDown,
    'plan-stale': stale,
    moved: (item, { to, why }, facts) =>
      to === 'new'
        ? turnedDown(item, { kind: 'rejected', feedback: '' }, facts)
        : end(item, 'cancelled', refuse('GATE_STATE', why)),
    gone,
    'work-kept': workKept,
    'reminder-due': (item, { hours }) => {
      const { plan } = item;
      if (!plan) return stay(item);
      const text = `**The plan has been waiting for a decision** for ${hours} hours. Approve it, or reject it with a comment.`;
      return sayOnTile({ ...item, plan: { ...plan, reminders: (plan.reminders ?? 0) + 1 } }, text);
    },
    'effect-done': (item, { intent, result: { commentId, version = 1, at = 0 } }) => {
      if (intent.kind !== 'post-plan' || !item.plan || commentId === undefined) return stay(item);
      return stay({ ...item, plan: { ...item.plan, posted: { commentId, version, at } } });
    },
    'effect-refused': (item, { intent, refusal }) => refusedWords(item, intent, 'post-plan', refusal),
    'gave-up': gaveUp,
    'cancelled-by': (item, { by, rev }) => cancelled(item, by, rev),
    'retried-by': retriedPlan,
    restored: restoredPlan,
  },
  waitsFor: ({ workItemId }) => ({
    what: 'state',
    states: ['approved', 'rejected'],
    resumePrompt: `Work item ${workItemId} has been approved. Execute the plan.`,
  }),
};
