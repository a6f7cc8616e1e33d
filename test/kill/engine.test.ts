import { describe, it } from 'vitest';
import { each, expectArrival, patienceMs } from './roads.ts';

describe('a work item is deployed, everything once, although its engine is killed', () => {
  it.each(each('engine.start'))('when it was started, %s', expectArrival, patienceMs);
  it.each(each('engine.event', 1))('after it reported an event, %s', expectArrival, patienceMs);
});
