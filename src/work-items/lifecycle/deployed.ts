/** The rows of an item whose merge runs at its instance, or whose merge is all that was wanted. */
import { tryBarred } from './barred.ts';
import type { PhaseRules } from './events.ts';
import { stay } from './moves.ts';
import { rolledBack } from './operator.ts';

export const deployed: PhaseRules = {
  rows: {
    'retried-by': tryBarred,
    'rolled-back-by': rolledBack,
    'cancelled-by': (item) => ({ ...stay(item), callsOff: true }),
  },
};
