import { expect, test } from 'vitest';
import { OutsideError } from '../../src/base/errors.ts';
import { createLiveTurns, type LiveTurn } from '../../src/turns/live-turns.ts';
import { orderFor } from './turn.ts';

const down = new OutsideError('the board does not answer', { system: 'b', request: 'GET /', kind: 'unreachable' });

/** How a turn comes to rest that meets a board which is down. */
function restAfter(act: (live: LiveTurn) => void) {
  const clock = { now: () => 0, sleep: async () => {} };
  const turns = createLiveTurns(
    'codechange/acme',
    async (_, live) => {
      act(live);
      throw down;
    },
    clock,
  );
  return turns.turn(orderFor('wi-12'));
}

test('a message whose facts could not be read is delivered again, until part of it was stored', async () => {
  expect(await restAfter(() => {})).toMatchObject({ until: 30_000, isUndone: true });
  const acted = await restAfter((live) => {
    live.hasActed = true;
  });
  expect(acted).toMatchObject({ until: 30_000 });
  expect(acted).not.toHaveProperty('isUndone');
});
