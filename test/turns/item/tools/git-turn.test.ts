import { expect, test } from 'vitest';
import { limits } from '../../../../src/limits.ts';
import type { Drive } from '../../../../src/turns/item/drive-item.ts';
import { createGitTurn } from '../../../../src/turns/item/tools/git-turn.ts';
import { only } from '../../../only.ts';
import { executing, inReview, withCommit } from '../../../work-items/fixture.ts';
import { itemTurn, treeAt } from '../../turn.ts';

const committed = withCommit(executing, { summary: 'one file' });

/** A turn whose host answers `advanced` to what is to be delivered, and whose waits are over at once or never. */
function turnWith(advanced: ReturnType<Drive['advance']>, isWaitOver: boolean) {
  const waits: number[] = [];
  const sleep = (ms: number) => {
    waits.push(ms);
    return isWaitOver ? Promise.resolve() : new Promise<void>(() => {});
  };
  const drive = only<Drive>('drive', { item: () => committed, advance: () => advanced });
  const turn = itemTurn({ parts: { clock: { now: () => 0, sleep } } });
  return { turn: createGitTurn({ turn, tree: treeAt('a'), drive, added: new Set() }, undefined), waits };
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
