import { expect, test } from 'vitest';
import { shortHash } from '../../src/base/digest.ts';
import { effectKey } from '../../src/effects/effect-key.ts';
import type { Intent } from '../../src/work-items/lifecycle/events.ts';

/** For each kind two intents that are different effects. */
const pairs: [Intent, Intent][] = [
  [
    { kind: 'claim-plan', nth: 1 },
    { kind: 'claim-plan', nth: 2 },
  ],
  [
    { kind: 'post-plan', hash: 'a', nth: 1 },
    { kind: 'post-plan', hash: 'a', nth: 2 },
  ],
  [
    { kind: 'ask', question: 'a?', nth: 1 },
    { kind: 'ask', question: 'a?', nth: 2 },
  ],
  [
    { kind: 'claim-execution', hash: 'a', approvedRev: 7 },
    { kind: 'claim-execution', hash: 'a', approvedRev: 9 },
  ],
  [
    { kind: 'test', sha: 'a', nth: 0 },
    { kind: 'test', sha: 'a', nth: 1 },
  ],
  [
    { kind: 'push', sha: 'a', branch: 'x' },
    { kind: 'push', sha: 'b', branch: 'x' },
  ],
  [
    { kind: 'open-pr', sha: 'a', branch: 'x', nth: 3 },
    { kind: 'open-pr', sha: 'a', branch: 'x', nth: 4 },
  ],
  [
    { kind: 'label-pr', number: 4, label: 'a' },
    { kind: 'label-pr', number: 4, label: 'b' },
  ],
  [
    { kind: 'ask-review', number: 4, reviewer: 'a' },
    { kind: 'ask-review', number: 5, reviewer: 'a' },
  ],
  [
    { kind: 'link', url: 'https://a' },
    { kind: 'link', url: 'https://b' },
  ],
  [
    { kind: 'show', phase: 'planning', nth: 1 },
    { kind: 'show', phase: 'failed', nth: 1 },
  ],
  [
    { kind: 'comment', text: 'a', nth: 1 },
    { kind: 'comment', text: 'b', nth: 1 },
  ],
  [
    { kind: 'set-fields', fields: { a: 1 }, nth: 1 },
    { kind: 'set-fields', fields: { a: 2 }, nth: 1 },
  ],
  [
    { kind: 'create-child', type: 'Task', fields: { a: 1 }, nth: 1 },
    { kind: 'create-child', type: 'Task', fields: { a: 1 }, nth: 2 },
  ],
  [
    { kind: 'verify', sha: 'a', deploymentId: '9', nth: 1 },
    { kind: 'verify', sha: 'a', deploymentId: '9', nth: 2 },
  ],
  [
    { kind: 'deploy', sha: 'a', nth: 0 },
    { kind: 'deploy', sha: 'b', nth: 0 },
  ],
  [
    { kind: 'rollback', sha: 'a', deploymentId: '1', nth: 1 },
    { kind: 'rollback', sha: 'a', deploymentId: '2', nth: 1 },
  ],
  [
    { kind: 'rollback', sha: 'b', deploymentId: '1', nth: 1 },
    { kind: 'rollback', sha: 'b', deploymentId: '1', nth: 2 },
  ],
];

test.each(pairs)('%o has the same key each time, and another one for another content', (one, other) => {
  const key = effectKey('codechange/acme', 12, one);
  expect(effectKey('codechange/acme', 12, structuredClone(one))).toBe(key);
  expect(key).toContain(one.kind);
  const others = [
    effectKey('codechange/acme', 12, other),
    effectKey('codechange/globex', 12, one),
    effectKey('codechange/acme', 1, one),
  ];
  expect(others).not.toContain(key);
});

test('no two kinds share a key', () => {
  const keys = pairs.flat().map((intent) => effectKey('codechange/acme', 12, intent));
  expect(new Set(keys).size).toBe(keys.length);
});

test('a text of any length has a short digest', () => {
  expect(shortHash('a'.repeat(9_000))).toMatch(/^[0-9a-f]{16}$/);
});
