import { describe, it } from 'vitest';
import { each, expectArrival, expectPassages, patienceMs } from './roads.ts';

describe('a work item is deployed, everything once, although its supervisor is killed', () => {
  it('each crash point is on a path that the run takes', expectPassages, patienceMs);
  it.each(each('supervisor.commit'))('after a transaction, %s', expectArrival, patienceMs);
  it.each(each('supervisor.message', 0, 60))('after a message to a worker, %s', expectArrival, patienceMs);
});
