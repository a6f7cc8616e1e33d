import { it } from 'vitest';
import { expectStamina, patienceMs } from './roads.ts';

const starts = [
  'worker.intent:1,supervisor.commit:5',
  'worker.effect:1,supervisor.commit:5',
  'worker.effect-stored:1,supervisor.commit:5',
  'worker.commit:1,supervisor.commit:4',
  'worker.effect:1,supervisor.commit:6',
];

it(
  'a work item is deployed, everything once, although worker and supervisor die five times each',
  () => expectStamina(starts),
  patienceMs,
);
