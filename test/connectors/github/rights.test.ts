import { expect, test } from 'vitest';
import { OutsideError, type OutsideErrorFacts } from '../../../src/base/errors.ts';
import { createRights } from '../../../src/connectors/github/rights.ts';
import { limits } from '../../../src/limits.ts';

const noteBy = (by: string) => ({ id: `comment-${by}`, by, kind: 'comment' as const, text: 'please rename', at: 1 });

function no(status: number, kind: OutsideErrorFacts['kind']): OutsideError {
  return new OutsideError(`answered ${status}`, { system: 'GitHub', request: 'GET permission', kind, status });
}

/** Rights at a GitHub whose answers a test sets by login. */
function rightsWith(answers: Record<string, string | OutsideError>) {
  const asked: string[] = [];
  let [now, open, openMax] = [0, 0, 0];
  async function get(_: unknown, path: string) {
    const login = path.split('/').at(-2) ?? '';
    asked.push(login);
    open += 1;
    openMax = Math.max(openMax, open);
    await Promise.resolve();
    open -= 1;
    const answer = answers[login] ?? no(404, 'missing');
    if (answer instanceof OutsideError) throw answer;
    return { permission: answer };
  }
  const { withRights } = createRights({
    api: { get: get as never },
    inRepository: '/repos/a/b',
    clock: { now: () => now },
  });
  const look = async (...logins: string[]) =>
    Object.fromEntries((await withRights(logins.map(noteBy))).map(({ by, maySteer }) => [by, maySteer]));
  const pass = (ms: number) => {
    now += ms;
  };
  return { asked, look, openMax: () => openMax, pass };
}

test('each author is asked about once in some minutes, one after the other', async () => {
  const answers: Record<string, string> = { ann: 'write', bob: 'read' };
  const { asked, look, openMax, pass } = rightsWith(answers);
  const rights = { ann: true, bob: false, guest: false };
  expect(await look('ann', 'bob', 'ann', 'guest')).toEqual(rights);
  expect(await look('ann', 'bob', 'guest')).toEqual(rights);
  expect(asked).toEqual(['ann', 'bob', 'guest']);
  expect(openMax()).toBe(1);
  answers.ann = 'read';
  pass(limits.rightsKeptMinutes * 60_000);
  expect(await look('ann')).toEqual({ ann: false });
});

test.each([
  [403, 'auth'],
  [403, 'limited'],
  [429, 'limited'],
] as const)(
  'who is not told about (%i, %s) does not steer, keeps nobody else back, and is asked about again',
  async (status, kind) => {
    const answers: Record<string, string | OutsideError> = { ann: 'write', bob: no(status, kind) };
    const { look } = rightsWith(answers);
    expect(await look('bob', 'ann')).toEqual({ ann: true });
    answers.bob = 'admin';
    expect(await look('bob', 'ann')).toEqual({ ann: true, bob: true });
  },
);

test('an unknown person, or no answer from GitHub, is reported', async () => {
  const { look } = rightsWith({ ann: 'write', bob: no(403, 'auth'), eve: no(502, 'failed') });
  await expect(look('bob')).rejects.toThrow('403');
  await expect(look('ann', 'eve')).rejects.toThrow('502');
});
