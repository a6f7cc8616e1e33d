/** The moves that rows of several phases share: enter a phase and show it, go back a stage, end, try again. */
import { countOf } from '../../base/text/count-of.ts';
import { type Code, type Refusal, refuse } from '../../refusal.ts';
import type { Phase } from '../phase.ts';
import { type Counts, type WorkItem, workOf } from '../work-item.ts';
import type { Decision, Facts, Intent } from './events.ts';

export const short = (sha: string) => sha.slice(0, 12);

export function stay(item: WorkItem, intents: Intent[] = []): Decision {
  return { item, intents };
}

/** The item with one more effect on its tile, and that effect's number. */
export function numbered(item: WorkItem): { item: WorkItem; nth: number } {
  const nth = item.counts.moves + 1;
  return { item: { ...item, counts: { ...item.counts, moves: nth } }, nth };
}

export function counted(item: WorkItem, counts: Partial<Counts>): WorkItem {
  return { ...item, counts: { ...item.counts, ...counts } };
}

/** The commit under which the tree's work is kept, for the next turn or a person who tries again. */
export function workKept(item: WorkItem, { sha }: { sha: string }): Decision {
  return stay(item.change ? { ...item, change: { ...item.change, kept: sha } } : item);
}

/** A person decided, so earlier plans that were out of date no longer count. */
export function withoutStale(item: WorkItem): WorkItem {
  if (item.counts.stale === undefined) return item;
  const { stale, ...counts } = item.counts;
  return { ...item, counts };
}

/** A person decided: all counts begin again. */
export function fresh(item: WorkItem): WorkItem {
  const begun = counted(withoutStale(item), { attempts: 0, repairs: 0, replans: 0, questions: 0 });
  if (!begun.review) return begun;
  const { left, ...review } = begun.review;
  return { ...begun, review };
}

/** Into `phase`, its tile moved and tagged so, after what `first` makes of the move's number has been done. */
export function enter(before: WorkItem, phase: Phase, first: (nth: number) => Intent[] = () => []): Decision {
  const { item, nth } = numbered(before);
  return { item: { ...item, phase }, intents: [...first(nth), { kind: 'show', phase, nth }] };
}

/** The same, with a few words on the tile first. */
export function enterSaying(item: WorkItem, phase: Phase, text: string): Decision {
  return enter(item, phase, (nth) => [{ kind: 'comment', text, nth }]);
}

/** A few words on the tile, which stays where it is. */
export function sayOnTile(before: WorkItem, text: string): Decision {
  const { item, nth } = numbered(before);
  return stay(item, [{ kind: 'comment', text, nth }]);
}

/** A person's word moves the tile from wherever it stands. */
export function fromAnyState({ item, intents }: Decision): Decision {
  return { item, intents: intents.map((intent) => (intent.kind === 'show' ? { ...intent, anyState: true } : intent)) };
}

/** An approval that does not count, set by the tile's revision `judgedRev`: the tile goes back to where people decide, with the reason. */
export function notStarted(item: WorkItem, refusal: Refusal, judgedRev?: number): Decision {
  const text = `**Not started.** ${refusal.why} (${refusal.refused}). ${refusal.fix}`;
  const { item: next, intents } = enterSaying({ ...item, refusal }, 'plan-ready', text);
  if (judgedRev === undefined) return { item: next, intents };
  return { item: next, intents: intents.map((intent) => (intent.kind === 'show' ? { ...intent, judgedRev } : intent)) };
}

type End = 'failed' | 'refused' | 'cancelled';

const titles: Readonly<Record<End, string>> = {
  failed: 'This failed',
  refused: 'This was given up',
  cancelled: 'This was stopped',
};

/** An end that a person must look at: the tile shows the reason and the fix, and `more` if that helps. */
export function end(item: WorkItem, phase: End, refusal: Refusal, more = ''): Decision {
  const sha = workOf(item);
  const kept = sha ? ` The work so far is kept as commit ${short(sha)}.` : '';
  const text = `**${titles[phase]}** (${refusal.refused}): ${refusal.why}.${kept}\n\n${refusal.fix}${more && `\n\n${more}`}`;
  return enterSaying({ ...item, refusal }, phase, text);
}

/** A person stopped it, and open intents are dropped. `rev` is the tile's last change of state by then. */
export function cancelled(item: WorkItem, by: string, rev: number): Decision {
  const fix = 'To continue, move the work item to new or approved, or run `jvagent retry ID WORKITEM`.';
  const refusal = refuse('GATE_STATE', `${by} cancelled it`, fix);
  return { ...end({ ...item, cancelledRev: rev }, 'cancelled', refusal), callsOff: true };
}

/** People took the item away, so nothing is written on it. */
export function taken(item: WorkItem, refusal: Refusal): Decision {
  return stay({ ...item, phase: 'cancelled', refusal });
}

export const gone = (item: WorkItem, { why }: { why: string }) => taken(item, refuse('GATE_TENANT', why));

export const gaveUp = (item: WorkItem, { refusal }: { refusal: Refusal }) => end(item, 'failed', refusal);

/** Back before the plan. Counts stay, and a branch with commits is left to people. */
function withoutPlan(item: WorkItem): WorkItem {
  const { plan, approval, change, review, deployment, question, hint, refusal, ...rest } = item;
  if (change?.pushedSha === undefined) return rest;
  return counted(rest, { branchesLeft: rest.counts.branchesLeft + 1 });
}

/** Back before the approval: plan and work stay. */
export function withoutApproval({ approval, ...item }: WorkItem): WorkItem {
  return item;
}

/** What was wrong is not told any more, so a commit whose tests failed is tested again when the item continues. */
export function withoutNews({ hint, refusal, ...item }: WorkItem): WorkItem {
  if (!item.change?.commit?.tests || item.change.commit.tests.passed) return item;
  const { tests, ...commit } = item.change.commit;
  return { ...item, change: { ...item.change, commit } };
}

/**
 * Back before the approval of a change that may have been delivered: plan and work stay, and whether a branch still has
 * the work is checked when the item continues.
 */
export function withoutReview(item: WorkItem): WorkItem {
  const { approval, review, ...rest } = withoutNews(item);
  if (!rest.change?.commit) return rest;
  const { pushed, ...commit } = rest.change.commit;
  return { ...rest, change: { ...rest.change, commit } };
}

/** Plan and work stay valid, but the approval does not: a person has to approve again. */
export function planReadyAgain(item: WorkItem, by: string): Decision {
  const again = withoutReview(item);
  const sha = workOf(again);
  const work = sha ? ` and continues from commit ${short(sha)}` : '';
  const text = `**Again**, as ${by} asked. The posted plan still counts${work}. Approve it to continue.`;
  return enterSaying(again, 'plan-ready', text);
}

/** Back to planning with `hint`. A plan that people rejected counts, one that is out of date does not. */
export function planAgain(item: WorkItem, hint: string, { rules }: Facts, isTurnedDown = false): Decision {
  const replans = item.counts.replans + (isTurnedDown ? 1 : 0);
  if (replans > rules.replansMax) {
    return end(
      counted(item, { replans }),
      'refused',
      refuse('ATTEMPTS', `${countOf(replans, 'plan was', 'plans were')} rejected`),
    );
  }
  return enter({ ...counted(withoutPlan(item), { replans, attempts: 0 }), hint }, 'planning');
}

/** Waits for a person's answer. The answer may change the plan, so an earlier plan is dropped. */
export function askPeople(item: WorkItem, question: string, facts: Facts): Decision {
  const nth = item.counts.questions + 1;
  if (nth > facts.rules.questionsMax) return tryAgain(item, 'no further question may be asked', facts);
  const asked = { ...counted(withoutPlan(item), { questions: nth }), question: { text: question } };
  return enter(asked, 'needs-info', () => [{ kind: 'ask', question, nth }]);
}

/** The plan, approved or waiting, is outdated: says why on the tile and makes a new plan without counting it. */
export function planStale(item: WorkItem, refusal: Refusal, facts: Facts): Decision {
  const text = `**Planning again** (${refusal.refused}): ${refusal.why}.`;
  const { item: again, intents } = planAgain(item, refusal.why, facts);
  return { item: again, intents: [{ kind: 'comment', text, nth: again.counts.moves }, ...intents] };
}

/** The same phase once more with what is missing, until the attempts are used up; `code` is that of the end then. */
export function tryAgain(item: WorkItem, why: string, { rules }: Facts, code: Code = 'ATTEMPTS'): Decision {
  const attempts = item.counts.attempts + 1;
  const tried = counted(item, { attempts });
  if (attempts < rules.attemptsMax) return stay({ ...tried, hint: why });
  return end(tried, 'failed', refuse(code, `${countOf(attempts, 'turn')} ended without a result: ${why}`));
}
