import { describe, it } from 'vitest';
import { each, expectArrival, patienceMs } from './roads.ts';

describe('a work item is deployed, everything once, although its worker is killed', () => {
  it.each(each('worker.intent'))('after it noted an intent, %s', expectArrival, patienceMs);
  it.each(each('worker.effect'))('after an effect of which nobody knows yet, %s', expectArrival, patienceMs);
  it.each(each('worker.effect-stored'))(
    'after an effect whose outcome changed nothing yet, %s',
    expectArrival,
    patienceMs,
  );
  it.each(each('worker.settled'))('after the money of a model call was booked, %s', expectArrival, patienceMs);
  it.each(each('worker.commit', 1))('after a commit was made, %s', expectArrival, patienceMs);
  it.each(each('worker.message', 0, 60))('after a message to its supervisor, %s', expectArrival, patienceMs);
});
