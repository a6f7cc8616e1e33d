/** The rows of an open pull request: repaired on the same branch, under the same plan, until people merge it or close it. */
import { countOf } from '../../base/text/count-of.ts';
import { type Code, type Refusal, refuse } from '../../refusal.ts';
import { meaningOf } from '../code-meaning.ts';
import type { Behind, WorkItem } from '../work-item.ts';
import { asPushed, changeMade, delivered, failedTests, refusedNews, setAside } from './commit.ts';
import { afterMerge } from './deploying.ts';
import type { Decision, Facts, PhaseRules } from './events.ts';
import { testsFailedText } from './executing.ts';
import {
  cancelled,
  counted,
  end,
  gaveUp,
  gone,
  planStale,
  sayOnTile,
  short,
  stay,
  withoutReview,
  workKept,
} from './moves.ts';
import { retried } from './operator.ts';

const whose = { target: 'The target branch', branch: 'People pushed to the branch of this change; it' } as const;

function conflictText({ of, files }: Behind): string {
  return `${whose[of]} changed the same lines. These files show both sides between conflict marks: ${files.join(', ')}.`;
}

const stays = ({ review }: WorkItem) => `Pull request ${review?.number} stays as it is.`;

/** No repair is wanted now: the change as it is in the pull request. A merge that did not get there is not made again. */
function atRest({ hint, ...before }: WorkItem): WorkItem {
  const item = asPushed(before);
  if (!item.review?.merging) return item;
  const { merging, behind, ...review } = item.review;
  return { ...item, review: { ...review, left: merging } };
}

/** No repair, for this reason: the pull request stays as it is, for people. */
function notRepaired(item: WorkItem, refusal: Refusal, shown?: string): Decision {
  const { commit, refused } = item.change ?? {};
  const sha = refused?.sha ?? (commit?.pushed ? undefined : commit?.sha);
  const kept = sha ? ` The work so far is kept as commit ${short(sha)}.` : '';
  const text = `**Not repaired** (${refusal.refused}): ${refusal.why}. The pull request stays as it is.${kept}\n\n${refusal.fix}${shown ? `\n\n${shown}` : ''}`;
  return sayOnTile({ ...atRest(item), refusal }, text);
}

/**
 * The engine is told `news`, beside what it was not told yet. Once the repairs are used up that is said, one time, with
 * `shown` of the news.
 */
function askRepair(
  item: WorkItem,
  { news, shown }: { news: string; shown?: string | undefined },
  { rules: { repairsMax } }: Facts,
): Decision {
  const repairs = item.counts.repairs + 1;
  if (item.counts.repairs > repairsMax) return stay(atRest(item));
  if (repairs > repairsMax) {
    const fix = 'Repair it by hand on its branch, or run `jvagent retry ID WORKITEM` and say again what is wrong.';
    const refusal = refuse('ATTEMPTS', `it was repaired ${repairsMax} times already`, fix);
    return notRepaired(counted(item, { repairs }), refusal, shown);
  }
  const hint = [item.hint, news].filter(Boolean).join('\n\n');
  return stay({ ...counted(item, { repairs, attempts: 0 }), hint });
}

/** Other content may be taken: the engine is told what the remote said. */
function contentRefused(item: WorkItem, refusal: Refusal, facts: Facts): Decision {
  const aside = setAside(item, refusal.why);
  const { why } = refusal;
  const { item: next, intents } = askRepair(aside, { news: refusedNews(aside) ?? why, shown: why }, facts);
  return { item: next.hint === undefined ? next : { ...next, refusal }, intents };
}

/** People moved the tile or pushed meanwhile: the next look decides. */
function repairRefused(item: WorkItem, refusal: Refusal): Decision {
  const isOvertaken = meaningOf(refusal).approval === 'overtaken' || refusal.refused === 'OUTSIDE_CONFLICT';
  return isOvertaken ? stay({ ...item, refusal }) : notRepaired(item, refusal);
}

function fellBehind(item: WorkItem, behind: Behind, facts: Facts): Decision {
  if (!item.review || item.review.left === behind.theirs) return stay(item);
  const seen = { ...item, review: { ...item.review, behind } };
  if (behind.needs === 'git') return stay(seen);
  if (behind.needs === 'engine') return askRepair(seen, { news: conflictText(behind) }, facts);
  const names = behind.files.slice(0, 5).join(', ');
  const why = `there are conflicts in ${names}, and the approved plan does not name all of these files`;
  const fix = `Merge by hand on \`${item.change?.branch}\`; the platform continues from there.`;
  return notRepaired(seen, refuse('CONFLICT', why, fix));
}

function fellShort(item: WorkItem, why: string, { rules }: Facts, code: Code = 'ATTEMPTS'): Decision {
  const attempts = item.counts.attempts + 1;
  if (attempts < rules.attemptsMax) return stay({ ...counted(item, { attempts }), hint: item.hint ?? why });
  const failed = failedTests(item);
  const cause = failed ? `${failed.what}; ` : '';
  const refusal = refuse(code, `${cause}${countOf(attempts, 'turn')} ended without a repair: ${why}`);
  return notRepaired(counted(item, { attempts: 0 }), refusal, failed?.shown);
}

/** What a repair does without the model: a merge that git makes alone, or a commit that is not pushed yet. */
function owesCommit({ review, change }: WorkItem): boolean {
  return review?.behind?.needs === 'git' || (change?.commit !== undefined && !change.commit.pushed);
}

function testsShown(item: WorkItem): string | undefined {
  const failed = failedTests(item);
  return failed && `${failed.what}. ${failed.shown}`;
}

const fixClosed =
  'To continue, reopen or merge the pull request, move the work item to new or approved, or run `jvagent retry ID WORKITEM`.';

/** People may still change their minds, so the pull request is looked at for some time. */
function closed(item: WorkItem, why: string): Decision {
  const { review } = atRest(item);
  const known: WorkItem = review ? { ...atRest(item), review: { ...review, isClosed: true } } : item;
  return end(known, 'cancelled', refuse('GATE_STATE', why, fixClosed));
}

export const prCreated: PhaseRules = {
  rows: {
    merged: (item, { mergedSha }, facts) => afterMerge(item, mergedSha, facts),
    'pull-request-closed': (item, { why }) => closed(item, why),
    steered: (item, { feedback, heard }, facts) => {
      const { change } = item;
      const told = change ? { ...item, change: { ...change, heard: [...(change.heard ?? []), ...heard] } } : item;
      const said = `What was said and found on the pull request:\n\n${feedback}`;
      const news = [item.hint ? undefined : refusedNews(item), said].filter(Boolean).join('\n\n');
      return askRepair(told, { news }, facts);
    },
    'fell-behind': (item, { behind }, facts) => fellBehind(item, behind, facts),
    'caught-up': ({ review, ...item }) => {
      if (!review) return stay(item);
      const { behind, ...known } = review;
      return stay({ ...item, review: known });
    },
    'change-made': changeMade,
    'work-kept': workKept,
    'left-as-is': (item, { words }) => {
      const { hint, ...rest } = item.review?.behind?.of === 'branch' ? atRest(item) : item;
      return sayOnTile(counted(rest, { attempts: 0 }), `**Nothing was changed** on the pull request. ${words}`);
    },
    'question-asked': ({ hint, ...item }, { question }) =>
      sayOnTile(item, `**A question about the change.** ${question}\n\nAnswer on the pull request.`),
    'turn-fell-short': (item, { why, code }, facts) => fellShort(item, why, facts, code),
    'plan-stale': (item, { refusal }) => notRepaired(item, refusal),
    moved: (item, { to, why }, facts) => {
      const refusal = refuse('GATE_STATE', why);
      if (to === 'new') return planStale(item, { ...refusal, why: `${why}. ${stays(item)}` }, facts);
      if (to === 'planReady') return stay({ ...withoutReview(item), phase: 'plan-ready', refusal });
      return end(item, 'cancelled', refusal, stays(item));
    },
    gone,
    'gave-up': gaveUp,
    'effect-done': (item, event, facts) =>
      delivered(item, event, facts, (tested, commit, output) =>
        askRepair(tested, { news: testsFailedText(commit, output), shown: testsShown(tested) }, facts),
      ),
    'effect-refused': (item, { intent, refusal }, facts) => {
      if (intent.kind === 'push' && refusal.refused === 'PUSH_CONTENT') return contentRefused(item, refusal, facts);
      const goesOut = intent.kind === 'push' || intent.kind === 'open-pr';
      return goesOut ? repairRefused(item, refusal) : stay({ ...item, refusal });
    },
    'cancelled-by': (item, { by, rev }) => cancelled(item, by, rev),
    'retried-by': retried,
  },
  engine: (item) => (item.hint !== undefined || owesCommit(item) ? 'repair' : undefined),
  waitsFor: ({ workItemId, review }) => ({
    what: 'merge',
    url: review?.url ?? '',
    resumePrompt: `The pull request of work item ${workItemId} was merged.`,
  }),
};
