import { expect, test } from 'vitest';
import { createBudget } from '../../../src/connectors/github/budget.ts';

const start = Date.UTC(2026, 10, 20, 12);
const hourMs = 3_600_000;

function world(atFirst: number, minutesLeft = 60) {
  let remaining = atFirst;
  let now = start + hourMs - minutesLeft * 60_000;
  const budget = createBudget('GitHub (acme)', { now: () => now });
  const answered = () => {
    const headers: Record<string, string> = {
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': `${remaining}`,
      'x-ratelimit-reset': `${(start + hourMs) / 1_000}`,
    };
    budget.note((name) => headers[name]);
  };
  answered();
  return {
    budget,
    /** How many of the looks that are wanted every second begin until the hour ends, at seven calls each. */
    looksUntilReset() {
      let looks = 0;
      for (; now < start + hourMs; now += 1_000) {
        if (budget.lookPause()) continue;
        looks += 1;
        remaining = Math.max(0, remaining - 7);
        answered();
      }
      return looks;
    },
  };
}

test('looks are free while most of the calls are left, and while nothing is known', () => {
  expect(world(4_000, 5).looksUntilReset()).toBe(300);
  expect(createBudget('GitHub (acme)', { now: () => start }).lookPause()).toBeUndefined();
});

test.each([999, 600, 300])(
  'with %i of 5,000 calls left, looks are spread over the hour and leave 5% of them for work in hand',
  (remaining) => {
    const looks = world(remaining, 30).looksUntilReset();
    expect(remaining - looks * 7).toBeGreaterThanOrEqual(250 - 7);
    expect(looks).toBeGreaterThan(0);
  },
);

test('with almost nothing left, looks wait for the next hour, and say why', () => {
  const { budget } = world(120);
  expect(budget.lookPause()).toEqual({
    why: 'GitHub (acme) leaves 120 of 5000 calls until 2026-11-20 13:00 UTC, so pull requests are looked at less often',
    until: start + hourMs,
  });
});
