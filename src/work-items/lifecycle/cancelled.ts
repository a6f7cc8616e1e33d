/** The rows of an item that people stopped, or took away. */
import type { PhaseRules } from './events.ts';
import { endedRows } from './operator.ts';

export const cancelled: PhaseRules = { rows: endedRows };
