import { expect, test } from 'vitest';
import type { SessionId } from '../../../src/broker/session-id.ts';
import { type FirstPlan, firstPlanText } from '../../../src/store/database/first-plan-text.ts';
import { engineNeeded } from '../../../src/work-items/lifecycle/decide.ts';
import { planHash } from '../../../src/work-items/plan.ts';
import { phases } from '../../work-items/fixture.ts';
import { granted, openTestStore, testFolder } from '../fixture.ts';
import { writeOldState } from './old-database.ts';

async function opened() {
  const folder = testFolder();
  writeOldState(folder);
  const { store } = await openTestStore({ folder });
  return async (phase: string) => {
    const [session] = await store.sessions.list(`old/${phase}`);
    const { agentId, sessionId } = granted(session);
    const open = await store.effects.open({ agentId, sessionId: sessionId as SessionId });
    return { item: granted(session?.item), intents: open.map(({ intent }) => intent) };
  };
}

test('a work item of each phase that 0.1.0 stored is there with all that it knew, grouped by stage', async () => {
  const read = await opened();
  for (const phase of phases) {
    const { item } = await read(phase);
    expect(item.phase).toBe(phase);
    expect(Object.keys(item.counts).sort()).toEqual([
      'attempts',
      'branchesLeft',
      'moves',
      'questions',
      'repairs',
      'replans',
      'told',
    ]);
    expect(
      Object.keys(item).filter((name) => /Sha$|^moves$|^told$|^branch$|^pullRequest$|^claimRev$/.test(name)),
    ).toEqual([]);
  }
  const { item } = await read('deployed');
  expect(item).toMatchObject({
    plan: { hash: item.plan?.hash, posted: { version: 1 } },
    approval: { by: { name: 'Erin Engineer' }, claimRev: expect.any(Number) },
    change: { branch: 'feature/acme-5-guard-keys', commit: { pushed: true, tests: { passed: true } } },
    review: { number: 1 },
    deployment: { sent: { deploymentId: expect.any(String), before: expect.any(String) } },
    counts: { moves: 5, told: 6 },
  });
  expect(item.deployment?.deployedSha).toBe(item.deployment?.mergedSha);
  expect((await read('deploying')).item.deployment?.sent?.isUnderWay).toBe(true);
  expect(engineNeeded((await read('executing')).item)).toBe('executing');
});

test('the open effects of such an item keep their keys', async () => {
  const read = await opened();
  const numbers = async (phase: string) =>
    (await read(phase)).intents.map((intent) => ('nth' in intent ? intent.nth : intent.kind));
  expect(await numbers('needs-info')).toEqual([1, 2, 2]);
  expect((await read('executing')).intents).toMatchObject([{ kind: 'open-pr', nth: 3 }]);
  expect((await read('deploying')).intents).toMatchObject([
    { kind: 'tell', nth: 5 },
    { kind: 'verify', nth: 4 },
  ]);
  for (const phase of phases) {
    for (const intent of (await read(phase)).intents) expect(intent).not.toHaveProperty('move');
  }
});

test('the fix of an old refusal is found under its present name', async () => {
  const read = await opened();
  for (const phase of ['cancelled', 'failed'] as const) {
    const { item } = await read(phase);
    expect(item.refusal).toEqual({ refused: item.refusal?.refused, why: item.refusal?.why, fix: expect.any(String) });
  }
});

test('the text of each plan that 0.1.0 stored is there, and is the one that its hash covers', async () => {
  const read = await opened();
  const plans = [];
  for (const phase of phases) {
    const { workItemId, plan } = (await read(phase)).item;
    if (!plan) continue;
    plans.push(phase);
    expect(plan.text).toContain('jsonpointer.set can change Object.prototype');
    expect(planHash(workItemId, plan.text)).toBe(plan.hash);
  }
  expect(plans).toEqual(['plan-ready', 'executing', 'pr-created', 'deploying', 'deployed', 'refused']);
});

test('a plan full of markup has the hash that 0.1.0 gave it', () => {
  const hostile: FirstPlan = {
    summary: 'See [x](https://evil.example) @eve, `List<T>` and `@Injectable`\n\n```\n/etc/x\n#include <x>\n```',
    steps: ['fixes #7 in `a@b`', '# /merge'],
    files: [{ path: 'a.js', change: 'new' }],
    tests: ['Approved: #1'],
    risks: '',
    rollback: '&lt;b&gt; www.x.y',
  };
  const hash = '6d0364a297cb4014ed0ed4f22a65208e64b0af181e86eee30ec880f2d8ff9cb3';
  expect(planHash(12, firstPlanText(hostile))).toBe(hash);
});
