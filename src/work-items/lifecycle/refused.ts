/** The rows of an item whose plans people rejected too often. */
import type { PhaseRules } from './events.ts';
import { endedRows } from './operator.ts';

export const refused: PhaseRules = { rows: endedRows };
