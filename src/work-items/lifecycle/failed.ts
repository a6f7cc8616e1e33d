/** The rows of an item that did not get to its end, and that a person must look at. */
import type { PhaseRules } from './events.ts';
import { endedRows } from './operator.ts';

export const failed: PhaseRules = { rows: endedRows };
