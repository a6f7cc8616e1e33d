import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { branchFor, checkBase, checkBranch, checkPrefix } from '../../src/git/branch-rule.ts';
import { codeOf } from './fixture.ts';

const rule = { prefix: 'feature/acme-', workItemId: 123, targetBranch: 'customer/acme' };

describe('checkBranch', () => {
  it.each(['feature/acme-123', 'feature/acme-123-guard-keys', 'feature/acme-123-a.b_c'])('takes %s', (name) => {
    expect(checkBranch(name, rule)).toBe(name);
  });

  it.each([
    ['GB-01', 'main', 'BRANCH_PREFIX'],
    ['GB-03', 'refs/heads/main', 'BRANCH_FORM'],
    ['GB-03', 'refs/heads/feature/acme-123', 'BRANCH_FORM'],
    ['GB-06', ':feature/acme-123-x', 'BRANCH_CHARSET'],
    ['GB-06', ':main', 'BRANCH_CHARSET'],
    ['GB-09', 'feature/acme-12', 'BRANCH_WORKITEM'],
    ['GB-09', 'feature/acme-1234', 'BRANCH_WORKITEM'],
    ['GB-09', 'feature/acme-123x', 'BRANCH_WORKITEM'],
    ['GB-12', 'feature/globex-123-x', 'BRANCH_PREFIX'],
    ['GB-16', 'feature/acme-123-\u200bx', 'BRANCH_CHARSET'],
    ['GB-18', '-d', 'BRANCH_CHARSET'],
    ['GB-18', '--mirror', 'BRANCH_CHARSET'],
    ['GB-18', '--receive-pack=touch canary', 'BRANCH_CHARSET'],
    ['GB-20', 'feature/acme-123-x\n', 'BRANCH_CHARSET'],
    ['GB-23', 'customer/acme', 'BRANCH_PREFIX'],
    ['form', 'feature/acme-123-x..y', 'BRANCH_FORM'],
    ['form', 'feature/acme-123-x.lock', 'BRANCH_FORM'],
    ['form', 'feature/acme-123-x.', 'BRANCH_FORM'],
    ['slashes', 'feature/acme-123/../acme-124', 'BRANCH_CHARSET'],
    ['slashes', 'feature/acme-123/x', 'BRANCH_WORKITEM'],
    ['case', 'feature/Acme-123', 'BRANCH_CHARSET'],
    ['lookalike', 'feature/аcme-123', 'BRANCH_CHARSET'],
    ['length', `feature/acme-123-${'x'.repeat(120)}`, 'BRANCH_CHARSET'],
    ['refspec', '+feature/acme-123', 'BRANCH_CHARSET'],
    ['revision', 'feature/acme-123@{0}', 'BRANCH_CHARSET'],
    ['type', 123, 'BRANCH_CHARSET'],
    ['type', ['feature/acme-123'], 'BRANCH_CHARSET'],
    ['type', undefined, 'BRANCH_CHARSET'],
  ])('%s: refuses %j with %s', (_id, name, code) => {
    expect(codeOf(checkBranch(name, rule))).toBe(code);
  });

  it('refuses the target, the default branch and protected ones even when the prefix would allow them', () => {
    const wide = { ...rule, targetBranch: 'feature/acme-123-main' };
    expect(codeOf(checkBranch('feature/acme-123-main', wide))).toBe('BRANCH_PROTECTED');
    const listed = { ...rule, protectedBranches: ['feature/*-123-release*'] };
    expect(codeOf(checkBranch('feature/acme-123-release-2', listed))).toBe('BRANCH_PROTECTED');
  });

  it('accepts only the item’s own branches, whatever is tried', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string().map((end) => `feature/acme-123${end}`),
        ),
        (name) => {
          const taken = checkBranch(name, rule);
          if (typeof taken === 'string') expect(taken).toMatch(/^feature\/acme-123(-[a-z0-9._-]+)?$(?!\n)/);
        },
      ),
    );
  });
});

describe('branchFor', () => {
  it('makes a branch that the rule accepts, from any title', () => {
    expect(branchFor('feature/acme-', 123, 'Fix: Größe of "keys"!')).toBe('feature/acme-123-fix-gro-e-of-keys');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (title) => {
        const name = branchFor('feature/acme-', 123, title);
        expect(checkBranch(name, rule)).toBe(name);
      }),
    );
  });
});

describe('checkBase', () => {
  it('GB-26: refuses every base but the configured branch', () => {
    expect(codeOf(checkBase('main', 'customer/acme'))).toBe('BASE_BRANCH');
    expect(codeOf(checkBase('customer/acme ', 'customer/acme'))).toBe('BASE_BRANCH');
    expect(checkBase('customer/acme', 'customer/acme')).toBeUndefined();
  });
});

describe('checkPrefix', () => {
  it.each(['feature/acme-', 'agents/acme/', 'jv-acme_'])('takes %s', (prefix) => {
    expect(checkPrefix(prefix)).toBeUndefined();
  });
  it.each(['', 'f', 'feature/acme-1', 'main/', 'Main-', '/x-', '-x-', 'a..b-', 'refs/heads/x-', 'a b-'])(
    'refuses %j',
    (prefix) => {
      expect(codeOf(checkPrefix(prefix))).toBe('BRANCH_PREFIX');
    },
  );
});
