import { expect, test } from 'vitest';
import { refuse } from '../../../src/refusal.ts';
import { endEntry } from '../../../src/turns/item/how-ended.ts';
import { endOf, type TurnEnd } from '../../../src/turns/item/turn-outcome.ts';
import type { WorkItem } from '../../../src/work-items/work-item.ts';
import { executing, inReview, itemIn } from '../../work-items/fixture.ts';

const spent = { usd: 0, tokens: { input: 0, cached: 0, output: 0 } };

/** How a turn is recorded that began with the item executing. */
function recorded(extra: Partial<TurnEnd>, outcome: TurnEnd['ended']['outcome'] = 'done', item: WorkItem = executing) {
  const turn: TurnEnd = {
    ended: { kind: 'ended', outcome, ...spent },
    phase: 'executing',
    began: executing,
    item,
    product: {},
    exhausted: undefined,
    outage: undefined,
    now: 0,
    ...extra,
  };
  return endEntry(turn, endOf(turn), 1).result;
}

test.each([
  ['succeeded', recorded({}, 'done', inReview)],
  ['succeeded', recorded({ product: { event: { kind: 'question-asked', question: 'Which?' } } })],
  ['failed', recorded({})],
  ['failed', recorded({}, 'error')],
  ['timed out', recorded({}, 'timed-out')],
  ['stalled', recorded({}, 'stalled')],
  ['cancelled', recorded({}, 'aborted')],
  ['cancelled', recorded({}, 'aborted', itemIn('cancelled'))],
  ['over budget', recorded({ exhausted: refuse('BUDGET_TURN', 'spent') }, 'error')],
  ['refused', recorded({}, 'done', { ...itemIn('failed'), refusal: refuse('PUSH_REJECTED', 'no') })],
])('a turn that %s is recorded as such', (outcome, result) => {
  expect(result).toEqual({ outcome });
});
