import { expect, test } from 'vitest';
import { checkMerge, checkVersion, type MergeFacts } from '../../../src/work-items/gate/merge-rules.ts';
import { base, codeOf, merged, sha } from '../fixture.ts';

const pullRequest: MergeFacts['pullRequest'] = {
  number: 4,
  url: 'https://code.example/4',
  openedBy: 'acme-bot',
  state: 'merged',
  draft: false,
  branch: 'feature/acme-12',
  headSha: sha,
  base: 'main',
  mergedSha: merged,
  mergedBy: 'Eve',
};
const facts: MergeFacts = { pullRequest, agentAccounts: ['acme-bot', 'globex-bot'], headIsOurs: true, onTarget: true };
const { mergedSha: _, ...withoutSha } = pullRequest;
const { mergedBy: __, ...byNobody } = pullRequest;

test('a merge by a person, of our commit, into our branch, is ours to deploy', () => {
  expect(checkMerge(facts, 'main')).toEqual({ mergedSha: merged });
});

test.each<[string, string, Partial<MergeFacts>]>([
  ['an open pull request', 'GATE_STATE', { pullRequest: { ...pullRequest, state: 'open' } }],
  ['a closed pull request', 'GATE_STATE', { pullRequest: { ...pullRequest, state: 'closed' } }],
  ['a merge without a commit', 'GATE_STATE', { pullRequest: withoutSha }],
  ['a merge into another branch', 'BASE_BRANCH', { pullRequest: { ...pullRequest, base: 'release' } }],
  ['a merge by our own account', 'GATE_ACTOR', { pullRequest: { ...pullRequest, mergedBy: 'ACME-bot' } }],
  [
    'a merge by the account of another agent',
    'GATE_ACTOR',
    { pullRequest: { ...pullRequest, mergedBy: 'globex-Bot' } },
  ],
  ['a merge by nobody known', 'GATE_ACTOR', { pullRequest: byNobody }],
  ['a merge without our commit', 'GATE_BASE', { headIsOurs: false }],
  ['a merge that is not on the branch', 'GATE_BASE', { onTarget: false }],
])('%s is refused with %s', (_name, code, extra) => {
  expect(codeOf(checkMerge({ ...facts, ...extra }, 'main'))).toBe(code);
});

/** base <- merged <- sha */
const line = [base, merged, sha];
const source = {
  isAncestor: async (one: string, two: string) => line.includes(one) && line.indexOf(one) <= line.indexOf(two),
  contains: async (one: string) => line.includes(one),
};
const version = async (commit: string | undefined, name?: string) =>
  codeOf(await checkVersion({ ...(commit ? { commit } : {}), ...(name ? { name } : {}) }, merged, source, 'Acme'));

test('an instance with our merge or a later commit is deployed; one with an earlier commit must be', async () => {
  expect([await version(merged), await version(sha), await version(base)]).toEqual(['deployed', 'deployed', 'deploy']);
});

test('an instance with a foreign commit, or that names none, has drifted', async () => {
  expect([await version('f'.repeat(40)), await version(undefined)]).toEqual(['DRIFT', 'DRIFT']);
});

test('a shortened commit is not verified, and told as such, even if our merge or an earlier commit begins with it', async () => {
  for (const short of [merged.slice(0, 7), merged.slice(0, 39), base.slice(0, 12), 'F'.repeat(8)]) {
    const found = await checkVersion({ commit: short }, merged, source, 'Acme');
    expect(found).toMatchObject({ refused: 'DRIFT', why: expect.stringContaining(`the shortened commit ${short}`) });
    expect(found).toMatchObject({ fix: expect.stringContaining('instance.deploy.version') });
  }
});

test('an instance with a commit of ours that went another way has drifted', async () => {
  const beside = { isAncestor: async () => false, contains: async () => true };
  expect(codeOf(await checkVersion({ commit: sha }, merged, beside, undefined))).toBe('DRIFT');
});

test('an instance that calls itself something else is another tenant', async () => {
  expect([await version(base, 'Globex'), await version(base, 'Acme')]).toEqual(['GATE_TENANT', 'deploy']);
});
