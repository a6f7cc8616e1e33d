/** What a check may say. */
import { expect, test } from 'vitest';
import type { JsonPath } from '../../src/agents/config/json-lines.ts';
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

test('a place is that of the field to blame, or else the file that was found', async () => {
  const placeOf = ([name]: JsonPath) => ({ file: 'jvAgent.json', line: name === 'a' ? 3 : 4 });
  const found = fail('what', 'fix');
  const checks = [
    { id: 'no place', look: () => found },
    { id: 'a file', look: () => ({ ...found, file: '.env', line: 2 }) },
    { id: 'its field', at: ['b'], look: () => ({ ...found, at: ['a'] }) },
    { id: 'the usual field', at: ['b'], look: () => found },
  ];
  const places = (await findingsOf(checks, { agentId: 'acme', placeOf })).map(({ file, line }) => [file, line]);
  expect(places).toEqual([
    [undefined, undefined],
    ['.env', 2],
    ['jvAgent.json', 3],
    ['jvAgent.json', 4],
  ]);
});
