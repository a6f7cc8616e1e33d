/** The rows of an approved item: carried out by the engine, tested by the host, brought into a pull request. */
import { countOf } from '../../base/text/count-of.ts';
import { type Code, type Refusal, refuse } from '../../refusal.ts';
import { isPlanStale, meaningOf } from '../code-meaning.ts';
import { quoted } from '../quote.ts';
import type { Commit, WorkItem } from '../work-item.ts';
import { changeMade, delivered, failedTests, refusedNews, setAside } from './commit.ts';
import type { Decision, Facts, Intent, PhaseRules, Row } from './events.ts';
import {
  askPeople,
  cancelled,
  counted,
  end,
  enter,
  enterSaying,
  fromAnyState,
  gaveUp,
  gone,
  notStarted,
  planAgain,
  planStale,
  short,
  stay,
  tryAgain,
  withoutApproval,
  withoutNews,
  withoutReview,
  workKept,
} from './moves.ts';
import { restoredChange, retried } from './operator.ts';

export const testsFailedText = ({ sha }: Commit, output: string) =>
  quoted(`The host ran the repository's own tests on commit ${short(sha)}, and they failed`, output);

function testsFailed(item: WorkItem, commit: Commit, output: string, { rules }: Facts): Decision {
  const repairs = item.counts.repairs + 1;
  const repaired = counted(item, { repairs });
  if (repairs <= rules.repairsMax) return stay({ ...repaired, hint: testsFailedText(commit, output) });
  return endTested(repaired, `${countOf(rules.repairsMax, 'repair')} did not change that`) ?? stay(repaired);
}

/** Ends an item whose tests fail, as what they are; undefined where they do not. */
function endTested(item: WorkItem, more: string, code: Code = 'ATTEMPTS'): Decision | undefined {
  const failed = failedTests(item);
  return failed && end(item, 'failed', refuse(code, `${failed.what}, and ${more}`), failed.shown);
}

/** A turn that made no commit after the tests had failed: these are what is wrong, and the engine keeps being told. */
const fellShort: Row<'turn-fell-short'> = (item, { why, code }, facts) => {
  const attempts = item.counts.attempts + 1;
  const { commit } = item.change ?? {};
  if (!commit || !failedTests(item)) return tryAgain(item, why, facts, code);
  const hint = `${testsFailedText(commit, commit.tests?.output ?? '')}\n\n${why}`;
  if (attempts < facts.rules.attemptsMax) return stay({ ...counted(item, { attempts }), hint });
  const tried = counted(item, { attempts });
  return endTested(tried, `${countOf(attempts, 'turn')} made no commit that repairs it (${why})`, code) ?? stay(tried);
};

/** Other content may be taken: the engine is told what the remote said, as of failed tests. */
function contentRefused(item: WorkItem, refusal: Refusal, { rules }: Facts): Decision {
  const repairs = item.counts.repairs + 1;
  const aside = counted(setAside(item, refusal.why), { repairs });
  const hint = refusedNews(aside);
  if (repairs <= rules.repairsMax && hint) return stay({ ...aside, hint, refusal });
  const fix =
    "Read the remote's own words: change its rules, or say on the work item what to do, then run `jvagent retry ID WORKITEM`.";
  return end(
    aside,
    'failed',
    refuse('PUSH_CONTENT', `${refusal.why}. ${countOf(rules.repairsMax, 'repair')} did not change that`, fix),
  );
}

/** People moved the tile while we worked, or approved again: the next look decides. */
const isOvertaken = (refusal: Refusal) => ['overtaken', 'replaced'].includes(meaningOf(refusal).approval ?? '');

function notClaimed(item: WorkItem, refusal: Refusal): Decision {
  const back: WorkItem = { ...withoutApproval(item), phase: 'plan-ready', refusal };
  return isOvertaken(refusal) ? stay(back) : notStarted(back, refusal);
}

/** The plan and the work stand; a person approves the plan once more. */
function approvalExpired(item: WorkItem, refusal: Refusal): Decision {
  const text = `**Approve again** (${refusal.refused}): ${refusal.why}. The plan and the work so far are kept. ${refusal.fix}`;
  return enterSaying({ ...withoutReview(item), refusal }, 'plan-ready', text);
}

function changeRefused(item: WorkItem, intent: Intent, refusal: Refusal, facts: Facts): Decision {
  if (intent.kind === 'claim-execution') return notClaimed(item, refusal);
  if (intent.kind === 'push' && refusal.refused === 'PUSH_CONTENT') return contentRefused(item, refusal, facts);
  // A pull request of a commit that was set aside is not wanted any more.
  if (intent.kind === 'open-pr' && item.change?.refused) return stay(item);
  const goesOut = intent.kind === 'push' || intent.kind === 'open-pr';
  if (!goesOut || isOvertaken(refusal)) return stay({ ...item, refusal });
  if (refusal.refused === 'GATE_EXPIRED') return approvalExpired(item, refusal);
  if (isPlanStale(refusal)) return planStale(item, refusal, facts);
  // A branch of this name holds what is not ours.
  const isTaken = refusal.refused === 'OUTSIDE_CONFLICT';
  return end(item, 'failed', isTaken ? refuse('PUSH_REJECTED', refusal.why) : refusal);
}

/** The work needs files outside the approved plan: a revised plan names them and needs its own approval. The work is kept until then. */
const revisedPlan: Row<'plan-submitted'> = (item, { kind, ...plan }) => {
  const rest = withoutNews(counted(withoutApproval(item), { attempts: 0 }));
  const revises = item.plan ? { revises: item.plan.plan } : {};
  const revised = { ...rest, plan: { ...plan, ...revises } };
  return enter(revised, 'plan-ready', (nth) => [{ kind: 'post-plan', hash: plan.hash, nth }]);
};

export const executing: PhaseRules = {
  rows: {
    'change-made': changeMade,
    'plan-submitted': revisedPlan,
    'work-kept': workKept,
    'question-asked': (item, { question }, facts) => askPeople(item, question, facts),
    'turn-fell-short': fellShort,
    moved: (item, { to, why }, facts) => {
      if (to === 'new') return planAgain(item, why, facts);
      const refusal = refuse('GATE_STATE', why);
      if (to === 'planReady') return stay({ ...withoutApproval(item), phase: 'plan-ready', refusal });
      return end(item, 'cancelled', refusal);
    },
    gone,
    'gave-up': gaveUp,
    'effect-done': (item, event, facts) =>
      delivered(item, event, facts, (tested, commit, output) => testsFailed(tested, commit, output, facts)),
    'effect-refused': (item, { intent, refusal }, facts) => changeRefused(item, intent, refusal, facts),
    // People took the approval away: it is asked for again, with the reason.
    'gate-refused': (item, { refusal, rev }) => fromAnyState(notStarted(withoutApproval(item), refusal, rev)),
    'plan-stale': (item, { refusal }, facts) =>
      refusal.refused === 'GATE_EXPIRED' ? approvalExpired(item, refusal) : planStale(item, refusal, facts),
    'cancelled-by': (item, { by, rev }) => cancelled(item, by, rev),
    'retried-by': retried,
    restored: restoredChange,
  },
  // With nothing owed, a change that is not in a pull request yet was never delivered, or not let through.
  engine: () => 'executing',
};
