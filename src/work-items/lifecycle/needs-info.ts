/** The rows of an item whose question waits for a person's answer. */

import type { Refusal } from '../../refusal.ts';
import { meaningOf } from '../code-meaning.ts';
import { quoted } from '../quote.ts';
import type { WorkItem } from '../work-item.ts';
import type { Intent, PhaseRules } from './events.ts';
import { cancelled, end, enter, gaveUp, gone, stay, taken } from './moves.ts';
import { restoredUnplanned, retried } from './operator.ts';
import { planning } from './planning.ts';

/** What people were to read could not be posted: they took the item away, or must be told that it failed. */
export function refusedWords(item: WorkItem, intent: Intent, kind: 'ask' | 'post-plan', refusal: Refusal) {
  if (intent.kind !== kind) return stay({ ...item, refusal });
  return meaningOf(refusal).takenAway ? taken(item, refusal) : end(item, 'failed', refusal);
}

export const needsInfo: PhaseRules = {
  rows: {
    answered: ({ question, ...item }, { answer }) =>
      enter({ ...item, hint: `${quoted('You asked', question?.text ?? '')}\n\nThe answer:\n\n${answer}` }, 'planning'),
    moved: planning.rows.moved,
    gone,
    'gave-up': gaveUp,
    'effect-done': (item, { intent, result: { at } }) =>
      intent.kind === 'ask' && item.question && at !== undefined
        ? stay({ ...item, question: { ...item.question, at } })
        : stay(item),
    'effect-refused': (item, { intent, refusal }) => refusedWords(item, intent, 'ask', refusal),
    'cancelled-by': (item, { by, rev }) => cancelled(item, by, rev),
    'retried-by': retried,
    restored: restoredUnplanned,
  },
  waitsFor: ({ workItemId }) => ({
    what: 'comment',
    resumePrompt: `Your question on work item ${workItemId} was answered.`,
  }),
};
