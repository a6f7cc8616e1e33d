/**
 * Everything that can keep a work item from moving, as a table: one row a cause. `status-causes.test.ts` stops an item by each
 * of them and looks at every screen. A new cause is a new row.
 */
import type { Cause } from './causes/cause.ts';
import { done } from './causes/merged.ts';
import { notStarted, stoppedAgents } from './causes/not-started.ts';
import { waitingForOthers, waitingForPeople } from './causes/started.ts';

export const causes: readonly Cause[] = [
  ...notStarted,
  ...stoppedAgents,
  ...waitingForPeople,
  ...waitingForOthers,
  ...done,
];
