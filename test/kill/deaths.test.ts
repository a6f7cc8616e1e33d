import { it } from 'vitest';
import { expectStamina, patienceMs } from './roads.ts';

/**
 * Between the second and the third death of the worker the plan comes through, whatever is done twice: what dies more often
 * with nothing in between is given up.
 */
const starts = [
  'worker.intent:2,supervisor.commit:9',
  'worker.effect:1,supervisor.commit:9',
  'supervisor.commit:12',
  'worker.effect-stored:2,supervisor.commit:9',
];

it(
  'a work item is deployed, everything once, although worker and supervisor die again and again',
  () => expectStamina(starts),
  patienceMs,
);
