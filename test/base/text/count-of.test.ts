import { expect, test } from 'vitest';
import { countOf } from '../../../src/base/text/count-of.ts';

test('one thing is named as one, any other number as many', () => {
  expect([0, 1, 2].map((count) => countOf(count, 'agent'))).toEqual(['0 agents', '1 agent', '2 agents']);
  expect(countOf(1, 'plan was', 'plans were')).toBe('1 plan was');
  expect(countOf(3, 'plan was', 'plans were')).toBe('3 plans were');
});
