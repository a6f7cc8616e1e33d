import { describe, it } from 'vitest';
import { each, expectArrival, expectPassages, patienceMs } from './roads.ts';

it('each crash point stands where a road passes it', expectPassages, patienceMs);

describe('a work item is deployed, everything once, although its supervisor is killed', () => {
  it.each(each('supervisor.commit', 1))('after a transaction, %s', expectArrival, patienceMs);
  it.each(each('supervisor.message', 0, 60))('after a message to a worker, %s', expectArrival, patienceMs);
});
