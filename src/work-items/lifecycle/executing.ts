/** The rows from an approved plan to its pull request, and what brings an ended item back. */
import { type Refusal, refuse } from '../../refusal.ts';
import { quoted } from '../quote.ts';
import type { Change, WorkItem } from '../work-item.ts';
import type { EffectResult, Intent, IntentOf, LifecycleRules, Row, Rows, Transition } from './events.ts';
import { askPeople, end, enter, notStarted, planAnew, planStale, stay, tryAgain } from './moves.ts';
import { askRepair, repairRefused } from './repair.ts';

/** What is still to be done so that the change stands in a pull request. */
function delivery(item: WorkItem, change: Change): Intent[] {
  const branch = item.branch ?? '';
  const { sha } = change;
  if (change.deliver === 'no') return [];
  const push: Intent = { kind: 'push', sha, branch };
  return item.pullRequest || change.deliver === 'push'
    ? [push]
    : [push, { kind: 'open-pr', branch, sha, move: item.moves }];
}

/** How much of a test run's output stands on the tile. */
const shownCharsMax = 3_000;

function testsFailed(item: WorkItem, change: Change, rules: LifecycleRules): Transition {
  const output = change.tests?.output ?? '';
  const hint = quoted(
    `The host ran the repository's own tests on commit ${change.sha.slice(0, 12)}, and they failed`,
    output,
  );
  if (item.pullRequest) return askRepair({ ...item, change }, hint, rules);
  const repairs = item.repairs + 1;
  if (repairs > rules.repairsMax) {
    const why = `the repository's tests still fail after ${rules.repairsMax} repairs`;
    const said = `What they said last:\n\n\`\`\`\n${output.slice(-shownCharsMax).replaceAll('```', "'''")}\n\`\`\``;
    return end({ ...item, repairs, change }, 'failed', refuse('ATTEMPTS', why), said);
  }
  return stay({ ...item, repairs, change, hint });
}

function tested(item: WorkItem, intent: IntentOf<'test'>, result: EffectResult, rules: LifecycleRules): Transition {
  if (!item.change || item.change.sha !== intent.sha || !result.tests) return stay(item);
  const change = { ...item.change, tests: result.tests };
  if (!result.tests.passed && !rules.testsMayFail) return testsFailed(item, change, rules);
  return stay({ ...item, change }, delivery(item, change));
}

function pushed(item: WorkItem, intent: IntentOf<'push'>): Transition {
  if (item.change?.sha !== intent.sha) return stay(item);
  return stay({ ...item, pushedSha: intent.sha, change: { ...item.change, pushed: true } });
}

function opened(item: WorkItem, result: EffectResult): Transition {
  const { hint, refusal, ...rest } = item;
  const pullRequest = { number: result.number ?? 0, url: result.url ?? '' };
  return enter({ ...rest, pullRequest, attempts: 0, repairs: 0 }, 'pr-created', [
    { kind: 'link', url: result.artifact ?? pullRequest.url },
  ]);
}

const afterEffect = (item: WorkItem, intent: Intent, result: EffectResult, rules: LifecycleRules): Transition => {
  if (intent.kind === 'claim-execution')
    return stay(result.rev === undefined ? item : { ...item, claimRev: result.rev });
  if (intent.kind === 'test') return tested(item, intent, result, rules);
  if (intent.kind === 'push') return pushed(item, intent);
  if (intent.kind === 'open-pr') return opened(item, result);
  return stay(item);
};

/** Codes that say that people moved things while we worked; the next live look decides, not this refusal. */
const overtaken: ReadonlySet<Refusal['refused']> = new Set([
  'GATE_LEASE',
  'GATE_STATE',
  'GATE_UNVERIFIABLE',
  'GATE_REV',
]);

/** Codes that say that what was approved is not what stands there any more: a new plan, and a new approval. */
const stale: ReadonlySet<Refusal['refused']> = new Set(['GATE_CONTENT', 'GATE_BASE', 'GATE_PLAN', 'GATE_EXPIRED']);

function changeRefused(item: WorkItem, intent: Intent, refusal: Refusal, rules: LifecycleRules): Transition {
  if (intent.kind === 'claim-execution') {
    const { approval, ...rest } = item;
    const back: WorkItem = { ...rest, phase: 'plan-ready', refusal };
    if (overtaken.has(refusal.refused)) return stay(back);
    return notStarted(back, refusal);
  }
  if (intent.kind !== 'push' && intent.kind !== 'open-pr') return stay({ ...item, refusal });
  if (item.pullRequest) return repairRefused(item, refusal);
  if (stale.has(refusal.refused)) return planStale(item, refusal, rules);
  if (overtaken.has(refusal.refused)) return stay({ ...item, refusal });
  // A branch of this name holds what is not ours.
  const isTaken = refusal.refused === 'OUTSIDE_CONFLICT';
  return end(item, 'failed', isTaken ? refuse('PUSH_REJECTED', refusal.why) : refusal);
}

/** The work needs other files than were approved: the plan that names them waits for an approval of its own, and the work with it. */
const revisedPlan: Row<'plan-submitted'> = (item, { plan, hash, baseSha, contentHash }) => {
  const { approval, claimRev, hint, refusal, ...rest } = item;
  const revises = item.plan ? { revises: item.plan.plan } : {};
  const revised = { ...rest, plan: { plan, hash, baseSha, contentHash, ...revises }, attempts: 0 };
  return enter(revised, 'plan-ready', [{ kind: 'post-plan', hash, move: item.moves + 1 }]);
};

export const executingRows: Rows = {
  'change-made': (item, { sha, summary, deliver }, { testsMayFail }) => {
    const { hint, behind, refusal, kept, ...rest } = item;
    if (item.change?.sha !== sha || !item.change.tests) {
      const test: Intent = { kind: 'test', sha, attempt: item.repairs };
      return stay({ ...rest, change: { sha, summary, deliver } }, deliver === 'no' ? [] : [test]);
    }
    if (deliver === 'no' || (!item.change.tests.passed && !testsMayFail)) return stay(item);
    const change = { ...item.change, deliver };
    return stay({ ...item, change }, delivery(item, change));
  },
  'plan-submitted': revisedPlan,
  'work-kept': (item, { sha }) => stay({ ...item, kept: sha }),
  'question-asked': (item, { question }, rules) => askPeople(item, question, rules),
  'turn-fell-short': (item, { why, code }, rules) => tryAgain(item, why, rules, code),
  moved: (item, { to, why }, rules) => {
    if (to === 'new') return planAnew(item, why, rules, false);
    const { approval, claimRev, ...rest } = item;
    if (to === 'planReady') return stay({ ...rest, phase: 'plan-ready', refusal: refuse('GATE_STATE', why) });
    return end(item, 'cancelled', refuse('GATE_STATE', why));
  },
  gone: (item, { why }) => ({
    item: { ...item, phase: 'cancelled', refusal: refuse('GATE_TENANT', why) },
    intents: [],
  }),
  'gave-up': (item, { refusal }) => end(item, 'failed', refusal),
  'effect-done': (item, { intent, result }, rules) => afterEffect(item, intent, result, rules),
  'effect-refused': (item, { intent, refusal }, rules) => changeRefused(item, intent, refusal, rules),
  'plan-stale': (item, { refusal }, rules) => planStale(item, refusal, rules),
};

/** Where an approval is needed anew, with the plan and the work as they are: whether a branch still has it is looked at then. */
export function withoutReview(item: WorkItem): WorkItem {
  const { approval, claimRev, pullRequest, behind, hint, refusal, change, ...rest } = item;
  if (!change) return rest;
  const { pushed, ...kept } = change;
  return { ...rest, change: kept };
}

const unused = { attempts: 0, repairs: 0, replans: 0, questions: 0 };

/** A person brings an ended item back: to new for a new plan; to approved for the plan and work it has, by the gate. */
export const overRows: Rows = {
  'work-kept': executingRows['work-kept'],
  found: (item, _event, rules) => planAnew({ ...item, ...unused }, '', rules, false),
  'found-approved': (item, _event, rules) => {
    const again = withoutReview({ ...item, ...unused });
    if (item.plan?.posted && !item.mergedSha) return stay({ ...again, phase: 'plan-ready' });
    const why = `work item ${item.workItemId} has no plan that could be approved`;
    return planStale(again, refuse('GATE_NO_PLAN', why), rules);
  },
};
