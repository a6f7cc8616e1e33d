import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  approvalOf,
  checkBase,
  claimHolds,
  type GateFacts,
  type GateRules,
  isPerson,
} from '../../../src/work-items/gate/rules.ts';
import { planComment, planHash } from '../../../src/work-items/plan.ts';
import type { WorkItem } from '../../../src/work-items/work-item.ts';
import {
  approval,
  approvedByEve,
  base,
  codeOf,
  commentBy,
  day,
  eve,
  executing,
  gateRules,
  holding,
  inReview,
  me,
  ourClaim,
  planNote,
  planReady,
  postedAt,
  postedPlan,
  rob,
  tileIn,
  unclaimed,
} from '../fixture.ts';

interface Case {
  item?: Partial<WorkItem>;
  facts?: Partial<GateFacts>;
  rules?: Partial<GateRules>;
}

const code = ({ item, facts, rules }: Case) =>
  codeOf(approvalOf({ ...planReady, ...item }, { ...holding, ...facts }, { ...gateRules, ...rules }));
const changed = (extra: Partial<typeof approvedByEve>) => ({ facts: { change: { ...approvedByEve, ...extra } } });
const noted = (extra: Partial<typeof planNote>) => ({ facts: { comments: [{ ...planNote, ...extra }] } });
const planned = (extra: Partial<typeof postedPlan>) => ({ item: { plan: { ...postedPlan, ...extra } } });

const flips: [string, string, Case][] = [
  ['a tile in another state', 'GATE_STATE', { facts: { tile: tileIn('Plan Ready') } }],
  ['a state that differs in case', 'GATE_STATE', { facts: { tile: tileIn('approved') } }],
  ['a last change into another state', 'GATE_STATE', changed({ state: 'Active' })],
  ['no change of state', 'GATE_STATE', { facts: { change: undefined } }],
  ['a mapping without an approved state', 'GATE_STATE', { rules: { mapping: {} } }],
  ['a revision by someone who is no approver', 'GATE_ACTOR', changed({ by: rob, shownAs: rob, signedInAs: rob })],
  ['somebody else shown for it', 'GATE_ACTOR', changed({ shownAs: rob })],
  ['somebody else signed in', 'GATE_ACTOR', changed({ signedInAs: me })],
  ['a revision of somebody else', 'GATE_ACTOR', changed({ by: rob })],
  [
    'our own identity',
    'GATE_ACTOR',
    { ...changed({ by: me, shownAs: me, signedInAs: me }), rules: { approvers: [me.id] } },
  ],
  ['the identity of another agent', 'GATE_ACTOR', { facts: { agentIdentities: [eve.id] } }],
  ['approvers without this person', 'GATE_ACTOR', { rules: { approvers: ['nobody@acme.example', ''] } }],
  ['an empty list of approvers', 'GATE_ACTOR', { rules: { approvers: [] } }],
  [
    'the requester, where that one may not approve',
    'GATE_ACTOR',
    { facts: { tile: tileIn('Approved', { createdBy: eve }) }, rules: { notRequester: true } },
  ],
  [
    'no plan',
    'GATE_PLAN',
    {
      item: {
        plan: { plan: postedPlan.plan, text: postedPlan.text, hash: '', baseSha: base, contentHash: 'content-1' },
      },
    },
  ],
  ['a deleted plan comment', 'GATE_PLAN', noted({ isDeleted: true })],
  ['a plan comment that is not there', 'GATE_PLAN', { facts: { comments: [] } }],
  ['a plan comment with another id', 'GATE_PLAN', noted({ commentId: 32 })],
  ['a plan comment of someone else', 'GATE_PLAN', noted({ by: eve })],
  ['a plan comment at another version', 'GATE_PLAN', noted({ version: 2 })],
  ['a plan comment with other words', 'GATE_PLAN', noted({ text: planNote.text.replace('Refuse', 'Allow') })],
  [
    'a plan comment with another marker',
    'GATE_PLAN',
    noted({ text: planNote.text.replace(/[0-9a-f]$/, (last) => (last === '0' ? '1' : '0')) }),
  ],
  ['another stored hash', 'GATE_PLAN', planned({ hash: 'a'.repeat(64) })],
  ['another stored text', 'GATE_PLAN', planned({ text: postedPlan.text.replace('Refuse', 'Allow') })],
  ['another posted version', 'GATE_PLAN', planned({ posted: { commentId: 31, version: 3, at: postedAt } })],
  ['another work item', 'GATE_PLAN', { item: { workItemId: 13 } }],
  ['an approval before the plan', 'GATE_REV', changed({ at: postedAt - 1 })],
  ['an approval at the moment of the plan', 'GATE_REV', changed({ at: postedAt })],
  ['edited content', 'GATE_CONTENT', { facts: { tile: tileIn('Approved', { contentHash: 'content-2' }) } }],
  ['a plan for other content', 'GATE_CONTENT', planned({ contentHash: 'content-3' })],
  ['a base that is not on the target branch', 'GATE_BASE', { facts: { baseOnTarget: false } }],
  ['a planned path that moved', 'GATE_BASE', { facts: { pathsMoved: ['README.md', 'src/pointer.js'] } }],
  ['a new path that is there by now', 'GATE_BASE', { facts: { pathsMoved: ['test/keys.js'] } }],
  ['an approval that is too old', 'GATE_EXPIRED', { facts: { now: approval.at + 14 * day + 1 } }],
];

test('an approval holds when every fact does', () => {
  expect(approvalOf(planReady, holding, gateRules)).toEqual({ rev: 7, by: eve, at: approval.at });
  expect(code({ facts: { pathsMoved: ['README.md'], now: approval.at + 14 * day } })).toMatchObject({ rev: 7 });
  expect(code({ rules: { approvers: ['  EVE-ID '] } })).toMatchObject({ by: eve });
});

test('an approval outlives a new wording: the text that was stored counts, not what would be written of the plan today', () => {
  const text = 'Summary: guard the keys. Steps: refuse, test. Files: src/pointer.js, test/keys.js.';
  const worded = { ...postedPlan, text, hash: planHash(12, text) };
  const comment = { ...planNote, text: planComment(12, worded, 'Approved', 'Rejected') };
  const item = { ...planReady, plan: worded };
  expect(approvalOf(item, { ...holding, comments: [comment] }, gateRules)).toMatchObject({ by: eve });
  expect(codeOf(approvalOf(item, holding, gateRules))).toBe('GATE_PLAN');
});

test('an edit of what stands under the plan voids the approval, even where the tracker counts no version', () => {
  const below = 'Who may approve: `eve@acme.example`.';
  const plan = { ...postedPlan, below };
  const item = { ...planReady, plan };
  const comment = { ...planNote, text: planComment(12, plan, 'Approved') };
  expect(approvalOf(item, { ...holding, comments: [comment] }, gateRules)).toMatchObject({ by: eve });
  const edited = { ...comment, text: comment.text.replace(below, 'Eve approved it.') };
  expect(codeOf(approvalOf(item, { ...holding, comments: [edited] }, gateRules))).toBe('GATE_PLAN');
});

test.each(flips)('%s is refused with %s', (_, expected, given) => {
  expect(code(given)).toBe(expected);
});

test('any number of facts that do not hold is refused too', () => {
  fc.assert(
    fc.property(fc.subarray(flips, { minLength: 1 }), (some) => {
      const all = some.map(([, , given]) => given);
      const given: Case = {
        item: Object.assign({}, ...all.map(({ item }) => item)),
        facts: Object.assign({}, ...all.map(({ facts }) => facts)),
        rules: Object.assign({}, ...all.map(({ rules }) => rules)),
      };
      expect(code(given)).toBeTypeOf('string');
    }),
  );
});

test('without a list of approvers any person but an agent approves', () => {
  const { approvers, ...open } = gateRules;
  const by = (person: typeof eve) => ({ ...approvedByEve, by: person, shownAs: person, signedInAs: person });
  expect(approvalOf(planReady, { ...holding, change: by(rob) }, open)).toMatchObject({ by: rob });
  expect(codeOf(approvalOf(planReady, { ...holding, change: by(me) }, open))).toBe('GATE_ACTOR');
  const globex = { id: 'globex-agent-id', name: 'Globex agent', mail: '' };
  expect(codeOf(approvalOf(planReady, { ...holding, change: by(globex) }, open))).toBe('GATE_ACTOR');
});

test('an approver is named by id or mail, and an empty entry names nobody', () => {
  expect([isPerson('EVE-ID', eve), isPerson(' Eve@Acme.example', eve)]).toEqual([true, true]);
  expect([isPerson('Eve', eve), isPerson('', { ...eve, mail: '' })]).toEqual([false, false]);
});

const claimed: GateFacts = { ...holding, tile: tileIn('In Progress'), change: ourClaim };
const claim = (item: Partial<WorkItem>, facts: Partial<GateFacts>) =>
  codeOf(claimHolds({ ...executing, ...item }, { ...claimed, ...facts }, gateRules));
const claimBy = (extra: Partial<typeof ourClaim>) => ({ change: { ...ourClaim, ...extra } });
const { approval: _, ...unapproved } = executing;

test('a claim holds while it is the last thing that happened to the state', () => {
  expect(claim({}, {})).toBeUndefined();
  const shown = { tile: tileIn('PR Created'), change: { ...ourClaim, rev: 11, state: 'PR Created' } };
  expect(codeOf(claimHolds(inReview, { ...claimed, ...shown }, gateRules))).toBeUndefined();
});

test.each<[string, string, Partial<WorkItem>, Partial<GateFacts>]>([
  ['a tile moved on', 'GATE_STATE', {}, { tile: tileIn('Rejected') }],
  ['a tile approved again', 'GATE_STATE', {}, { tile: tileIn('Approved') }],
  ['a tile in review without a pull request', 'GATE_STATE', {}, { tile: tileIn('PR Created') }],
  ['no change of state', 'GATE_REV', {}, { change: undefined }],
  ['a change by a person', 'GATE_REV', {}, claimBy({ by: eve })],
  ['a change by a person who was signed in', 'GATE_REV', {}, claimBy({ signedInAs: eve })],
  ['a claim before the approval', 'GATE_REV', { approval: { ...approval, rev: 8 } }, {}],
  ['another revision than our claim', 'GATE_REV', {}, claimBy({ rev: 9 })],
  ['an approval that is too old', 'GATE_EXPIRED', {}, { now: approval.at + 14 * day + 1 }],
  ['an edited plan', 'GATE_PLAN', {}, { comments: [{ ...planNote, version: 2 }] }],
  ['edited content', 'GATE_CONTENT', {}, { tile: tileIn('In Progress', { contentHash: 'content-2' }) }],
])('a claim with %s is refused with %s', (_name, expected, item, facts) => {
  expect(claim(item, facts)).toBe(expected);
});

test('a claim without an approval, or never made, is refused', () => {
  expect(codeOf(claimHolds(unapproved, claimed, gateRules))).toBe('GATE_REV');
  expect(codeOf(claimHolds(unclaimed, claimed, gateRules))).toBe('GATE_REV');
});

test('a plan is found among other comments, and a missing one is not found', () => {
  const comments = [commentBy(rob, 'hello'), planNote, commentBy(me, 'status', { commentId: 50 })];
  expect(approvalOf(planReady, { ...holding, comments }, gateRules)).toMatchObject({ by: eve });
  const { plan, ...without } = planReady;
  expect(codeOf(approvalOf(without, { ...holding, comments }, gateRules))).toBe('GATE_PLAN');
  expect(codeOf(checkBase(without, { baseOnTarget: true, pathsMoved: [] }))).toBe('GATE_PLAN');
});

test('for an old approval of an edited work item, the edit is the reason, which asks for a new plan', () => {
  const late = approval.at + 400 * day;
  const tile = tileIn('Approved', { contentHash: 'edited' });
  expect(codeOf(approvalOf(planReady, { ...holding, tile, now: late }, gateRules))).toBe('GATE_CONTENT');
  expect(codeOf(approvalOf(planReady, { ...holding, now: late }, gateRules))).toBe('GATE_EXPIRED');
});
