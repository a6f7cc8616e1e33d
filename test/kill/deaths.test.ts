import { it } from 'vitest';
import { expectStamina, patienceMs } from './roads.ts';

const starts = [
  'worker.intent:2,supervisor.commit:9',
  'worker.effect:1,supervisor.commit:9',
  'worker.effect-stored:2,supervisor.commit:9',
  'worker.intent:1,supervisor.commit:9',
  'worker.effect:2,supervisor.commit:9',
];

it(
  'a work item is deployed, everything once, although worker and supervisor die five times each',
  () => expectStamina(starts),
  patienceMs,
);
