import { expect, test } from 'vitest';
import { Permit, type PermitBinding, type PermitUse } from '../../../src/work-items/gate/permit.ts';
import { codeOf } from '../fixture.ts';

const binding: PermitBinding = {
  kind: 'push',
  agentId: 'codechange/acme',
  tenant: 'acme/Shop',
  workItemId: 12,
  rev: 8,
  planHash: 'h',
  sha: 'c',
  branch: 'feature/acme-12',
  configDigest: 'd',
};

function permitAt() {
  const clock = { time: 1_000, now: () => clock.time, sleep: async () => {} };
  return { clock, permit: Permit.mint('p1', binding, clock) };
}

test('a permit is valid for one call of its kind', () => {
  const { permit } = permitAt();
  expect(permit.spend(['push'], { sha: 'c', branch: 'feature/acme-12', workItemId: 12 })).toBeUndefined();
  expect(codeOf(permit.spend(['push'], {}))).toBe('GATE_UNVERIFIABLE');
});

test('a permit of another kind is refused and stays unspent', () => {
  const { permit } = permitAt();
  expect(codeOf(permit.spend(['deploy', 'open-pr'], {}))).toBe('GATE_TENANT');
  expect(permit.spend(['open-pr', 'push'], {})).toBeUndefined();
});

test.each<PermitUse>([
  { tenant: 'globex/Shop' },
  { workItemId: 13 },
  { rev: 9 },
  { planHash: 'other' },
  { sha: 'd' },
  { branch: 'feature/acme-13' },
])('a call that names another %o is refused', (use) => {
  const { permit } = permitAt();
  expect(codeOf(permit.spend(['push'], use))).toBe('GATE_TENANT');
});

test('a permit is valid for 30 seconds', () => {
  const { permit, clock } = permitAt();
  clock.time += 30_001;
  expect(codeOf(permit.spend(['push'], {}))).toBe('GATE_UNVERIFIABLE');
  clock.time -= 1;
  expect(permit.spend(['push'], {})).toBeUndefined();
});

test('what a permit is bound to cannot be changed, neither there nor where it came from', () => {
  const clock = { now: () => 0, sleep: async () => {} };
  const own = { ...binding };
  const permit = Permit.mint('p1', own, clock);
  own.sha = 'other';
  expect(permit.binding.sha).toBe('c');
  expect(() => Object.assign(permit.binding, { sha: 'other' })).toThrow(TypeError);
});
