/** The rows of an item that the engine plans. */
import { refuse } from '../../refusal.ts';
import type { PhaseRules } from './events.ts';
import { approvedTooEarly } from './intake.ts';
import { askPeople, cancelled, counted, end, enter, gaveUp, gone, planAgain, stay, taken, tryAgain } from './moves.ts';
import { restoredUnplanned, retried } from './operator.ts';

export const planning: PhaseRules = {
  rows: {
    'plan-submitted': ({ hint, question, refusal, ...item }, { kind, ...plan }) =>
      enter({ ...counted(item, { attempts: 0 }), plan }, 'plan-ready', (nth) => [
        { kind: 'post-plan', hash: plan.hash, nth },
      ]),
    'question-asked': (item, { question }, facts) => askPeople(item, question, facts),
    'turn-fell-short': (item, { why, code }, facts) => tryAgain(item, why, facts, code),
    'found-approved': approvedTooEarly,
    moved: (item, { to, why }, facts) =>
      to === 'new' ? planAgain(item, why, facts) : end(item, 'cancelled', refuse('GATE_STATE', why)),
    gone,
    'gave-up': gaveUp,
    'effect-refused': (item, { intent, refusal }) => {
      const isClaim = intent.kind === 'claim-plan' || (intent.kind === 'show' && intent.phase === 'planning');
      return isClaim ? taken(item, refusal) : stay({ ...item, refusal });
    },
    'cancelled-by': (item, { by, rev }) => cancelled(item, by, rev),
    'retried-by': retried,
    restored: restoredUnplanned,
  },
  engine: () => 'planning',
};
