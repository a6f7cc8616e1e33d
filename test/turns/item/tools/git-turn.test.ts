import { expect, test } from 'vitest';
import { limits } from '../../../../src/limits.ts';
import { refuse } from '../../../../src/refusal.ts';
import type { Drive } from '../../../../src/turns/item/drive-item.ts';
import { createGitTurn } from '../../../../src/turns/item/tools/git-turn.ts';
import type { LifecycleEvent } from '../../../../src/work-items/lifecycle/events.ts';
import { only } from '../../../only.ts';
import { executing, inReview, planReady, withCommit } from '../../../work-items/fixture.ts';
import { itemTurn, treeAt } from '../../turn.ts';

const committed = withCommit(executing, { summary: 'one file' });

/** A turn whose host answers `advanced` to what is to be delivered, and whose waits are over at once or never. */
function turnWith(advanced: ReturnType<Drive['advance']>, isWaitOver: boolean) {
  const waits: number[] = [];
  const events: LifecycleEvent[] = [];
  const sleep = (ms: number) => {
    waits.push(ms);
    return isWaitOver ? Promise.resolve() : new Promise<void>(() => {});
  };
  const drive = only<Drive>('drive', {
    item: () => committed,
    advance: (event) => {
      events.push(event);
      return advanced;
    },
  });
  const turn = itemTurn({
    parts: { clock: { now: () => 0, sleep }, hidden: [{ name: 'KEY', value: 'very-secret-value' }] },
  });
  return { turn: createGitTurn({ turn, tree: treeAt('a'), drive, added: new Set() }, undefined), waits, events };
}

test('a test suite longer than a minute does not keep the model waiting: it is told that the tests continue', async () => {
  const { turn, waits } = turnWith(new Promise(() => {}), true);
  expect(await turn.openPullRequest({})).toMatchObject({ pending: true });
  expect(waits).toEqual([limits.effectWaitSeconds * 1_000]);
});

test('the outcome within a minute is the answer', async () => {
  const item = withCommit(inReview, { pushed: true, tests: { passed: true, output: '', seconds: 1 } });
  const { turn } = turnWith(Promise.resolve({ item, openIntents: [] }), false);
  expect(await turn.openPullRequest({})).toMatchObject({ pushed: true, pullRequest: 'https://code.example/4' });
});

test("the model's title and body go with the change, with nothing secret in them", async () => {
  const { turn, events } = turnWith(new Promise(() => {}), true);
  await turn.openPullRequest({ title: 'Guard very-secret-value', body: 'Because.' });
  await turn.openPullRequest({ title: ' ' });
  expect(events).toEqual([
    expect.objectContaining({ words: { title: 'Guard [jvagent-redacted:KEY]', body: 'Because.' } }),
    expect.not.objectContaining({ words: expect.anything() }),
  ]);
});

test('a push that an expired approval refuses is told with its code and what a person can do', async () => {
  const refusal = refuse('GATE_EXPIRED', 'the approval is older than 14 days');
  const item = { ...planReady, refusal };
  const { turn } = turnWith(Promise.resolve({ item, openIntents: [] }), false);
  expect(await turn.push()).toEqual(refusal);
});

test('a push after which the item is planned again says why', async () => {
  const item = { ...planReady, hint: 'the target branch changed a.js' };
  const { turn } = turnWith(Promise.resolve({ item, openIntents: [] }), false);
  expect(await turn.push()).toMatchObject({ pushed: false, why: 'the target branch changed a.js' });
});
