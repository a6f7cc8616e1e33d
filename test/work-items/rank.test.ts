import { expect, test } from 'vitest';
import { rankDefault, rankOf } from '../../src/work-items/rank.ts';

test('priority counts first, then the tag, and an unknown priority is the middle one', () => {
  const ranks = [
    rankOf({ priority: 1, tags: ['Expedite'] }, 'expedite'),
    rankOf({ priority: 1, tags: [] }, 'expedite'),
    rankOf({ priority: 2, tags: ['expedite'] }, 'expedite'),
    rankOf({ priority: 2, tags: ['expedite'] }),
    rankOf({ priority: 3, tags: [] }),
  ];
  expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
  expect(new Set(ranks).size).toBe(ranks.length);
  expect(rankDefault).toBe(rankOf({ priority: 2, tags: [] }));
});
