/** What a check may say. */
import { expect, test } from 'vitest';
import { OutsideError } from '../../src/base/errors.ts';
import { fail, findingsOf } from '../../src/checks/finding.ts';
import { limits } from '../../src/limits.ts';

test('a server that answers at length cannot fill what is told: words of a finding are bounded, thrown or returned', async () => {
  const long = 'x'.repeat(50_000);
  const facts = { system: 'GitHub', request: 'GET /user', kind: 'refused' } as const;
  const found = await findingsOf([
    { id: 'returned', look: () => fail(long, long) },
    {
      id: 'thrown',
      look: () => {
        throw new OutsideError(long, facts);
      },
    },
  ]);
  expect(found.map(({ id }) => id)).toEqual(['returned', 'thrown']);
  for (const { what, fix } of found) {
    expect(what).toHaveLength(limits.findingCharactersMax);
    expect(fix.length).toBeLessThanOrEqual(limits.findingCharactersMax);
  }
});
