import { expect, test } from 'vitest';
import type { Intent, LifecycleEvent } from '../../../src/work-items/lifecycle/events.ts';
import { after, done, executing, sha } from '../fixture.ts';

const changeMade: LifecycleEvent = { kind: 'change-made', sha, summary: 'a', deliver: 'pull-request' };
const testIntent: Intent = { kind: 'test', sha, nth: 0 };
const passed = { tests: { passed: true, output: 'ok', seconds: 1 } };

test('warnings of a second look stay with their commit, and change nothing that follows', () => {
  const warnings = [{ kind: 'tests', where: 'a.js', quote: 'const x' }] as const;
  const made = after(executing, changeMade);
  const [warned, plain] = [{ ...passed, warnings }, passed].map((result) => after(made, done(testIntent, result)));
  expect(warned?.change?.commit?.warnings).toEqual(warnings);
  expect(plain?.change?.commit).not.toHaveProperty('warnings');
  expect(warned?.kinds).toEqual(plain?.kinds);
  const next = after(warned ?? made, { ...changeMade, sha: 'e'.repeat(40) } as LifecycleEvent);
  expect(next.change?.commit).not.toHaveProperty('warnings');
});
