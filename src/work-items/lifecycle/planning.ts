/** The rows from intake to an approved plan. */
import { type Refusal, refuse } from '../../refusal.ts';
import { quoted } from '../quote.ts';
import type { WorkItem } from '../work-item.ts';
import type { Intent, LifecycleRules, Rows, Transition } from './events.ts';
import { askPeople, end, enter, enterSaying, notStarted, planAnew, planStale, stay, tryAgain } from './moves.ts';

export const intakeRows: Rows = {
  found: (item, event) =>
    stay({ ...item, title: event.title, type: event.type, phase: 'planning', moves: item.moves + 1 }, [
      { kind: 'claim-plan', move: item.moves + 1 },
    ]),
  'found-approved': (item, event) => {
    const refusal = refuse('GATE_NO_PLAN', `work item ${item.workItemId} was approved before there was a plan`);
    const text = `**Not started** (GATE_NO_PLAN): ${refusal.why}. ${refusal.mend}`;
    return enterSaying({ ...item, title: event.title, type: event.type }, 'planning', text);
  },
};

export const planningRows: Rows = {
  'plan-submitted': (item, { plan, hash, baseSha, contentHash }) => {
    const { hint, question, refusal, ...rest } = item;
    const planned = { ...rest, plan: { plan, hash, baseSha, contentHash }, attempts: 0 };
    return enter(planned, 'plan-ready', [{ kind: 'post-plan', hash, move: item.moves + 1 }]);
  },
  'question-asked': (item, { question }, rules) => askPeople(item, question, rules),
  'turn-fell-short': (item, { why, code }, rules) => tryAgain(item, why, rules, code),
  'found-approved': intakeRows['found-approved'],
  moved: (item, { to, why }, rules) =>
    to === 'new' ? planAnew(item, why, rules, false) : end(item, 'cancelled', refuse('GATE_STATE', why)),
  gone: (item, { why }) => ({
    item: { ...item, phase: 'cancelled', refusal: refuse('GATE_TENANT', why) },
    intents: [],
  }),
  'gave-up': (item, { refusal }) => end(item, 'failed', refusal),
  'effect-refused': (item, { intent, refusal }) => {
    const isClaim = intent.kind === 'claim-plan' || (intent.kind === 'show' && intent.phase === item.phase);
    return isClaim ? { item: { ...item, phase: 'cancelled', refusal }, intents: [] } : stay({ ...item, refusal });
  },
};

export const needsInfoRows: Rows = {
  answered: (item, { answer }) => {
    const { question, ...rest } = item;
    return enter(
      { ...rest, hint: `${quoted('You asked', question?.text ?? '')}\n\nThe answer:\n\n${answer}` },
      'planning',
    );
  },
  moved: planningRows.moved,
  gone: planningRows.gone,
  'effect-done': (item, { intent, result }) =>
    intent.kind === 'ask' && item.question
      ? stay({ ...item, question: { ...item.question, ...(result.at === undefined ? {} : { at: result.at }) } })
      : stay(item),
  'effect-refused': (item, { intent, refusal }) => refusedWords(item, intent, 'ask', refusal),
  'gave-up': planningRows['gave-up'],
};

/** What people were to read could not be posted: they took the item away, or must be told that it failed. */
function refusedWords(item: WorkItem, intent: Intent, kind: 'ask' | 'post-plan', refusal: Refusal): Transition {
  if (intent.kind !== kind) return stay({ ...item, refusal });
  const takenAway = refusal.refused === 'GATE_STATE' || refusal.refused === 'GATE_TENANT';
  return takenAway ? { item: { ...item, phase: 'cancelled', refusal }, intents: [] } : end(item, 'failed', refusal);
}

function turnedDown(item: WorkItem, feedback: string, rules: LifecycleRules): Transition {
  const words =
    feedback || 'The plan was turned down without a comment. Look at the work item again and plan differently.';
  return planAnew(item, `The plan was turned down. What people said:\n\n${words}`, rules, true);
}

export const planReadyRows: Rows = {
  approved: (item, { approval, branch }) => {
    const { refusal, ...rest } = item;
    const hash = item.plan?.hash ?? '';
    return stay({ ...rest, approval, branch, phase: 'executing', attempts: 0, moves: item.moves + 1 }, [
      { kind: 'claim-execution', hash, approvedRev: approval.rev },
    ]);
  },
  'gate-refused': (item, { refusal, rev }) => notStarted(item, refusal, rev),
  rejected: (item, { feedback }, rules) => turnedDown(item, feedback, rules),
  'plan-stale': (item, { refusal }, rules) => planStale(item, refusal, rules),
  moved: (item, { to, why }, rules) =>
    to === 'new' ? turnedDown(item, '', rules) : end(item, 'cancelled', refuse('GATE_STATE', why)),
  gone: planningRows.gone,
  'work-kept': (item, { sha }) => stay({ ...item, kept: sha }),
  'must-wait': (item, { refusal }) => stay({ ...item, refusal }),
  'reminder-due': (item, { hours }) => {
    if (!item.plan) return stay(item);
    const [moves, reminders] = [item.moves + 1, (item.plan.reminders ?? 0) + 1];
    const text = `**The plan waits for a decision** since ${hours} hours. Approve it, or turn it down with a comment.`;
    return stay({ ...item, moves, plan: { ...item.plan, reminders } }, [{ kind: 'comment', text, move: moves }]);
  },
  'effect-done': (item, { intent, result: { commentId, version, at } }) => {
    if (intent.kind !== 'post-plan' || !item.plan || commentId === undefined) return stay(item);
    const posted = { commentId, version: version ?? 1, at: at ?? 0 };
    return stay({ ...item, plan: { ...item.plan, posted } });
  },
  'effect-refused': (item, { intent, refusal }) => refusedWords(item, intent, 'post-plan', refusal),
  'gave-up': planningRows['gave-up'],
};
