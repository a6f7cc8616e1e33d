/** Two nodes watch one agent's model: what one of them learns holds for the turns of both. */
import { expect, test } from 'vitest';
import { createLog } from '../../../src/base/log.ts';
import type { SessionId } from '../../../src/broker/session-id.ts';
import { refuse } from '../../../src/refusal.ts';
import { createModelWatch } from '../../../src/supervisor/model-watch.ts';
import { twoStoresOfFile } from '../../postgres/two-stores.ts';
import { acme } from '../../store/fixture.ts';
import { runningTurn } from '../node.ts';

const openTwoStores = twoStoresOfFile();
const unreachable = refuse('OUTSIDE_UNREACHABLE', 'the provider does not answer');
const turnOf = (nth: number) => runningTurn({ sessionId: `wi-${nth}` as SessionId });

async function twoWatches() {
  const { one, other, clock } = await openTwoStores();
  const [here, there] = [one, other].map((store) =>
    createModelWatch({ store, clock, log: createLog('test', 'fatal') }),
  );
  if (!here || !there) throw new Error('there are two');
  return { here, there, one, clock };
}

test('after a pause one turn of all nodes tries the model, and the others wait for what it finds', async () => {
  const { here, there, clock } = await twoWatches();
  await here.failed(turnOf(1), unreachable, false);
  expect(await there.ask(turnOf(2))).toMatchObject({ refused: 'OUTSIDE_UNREACHABLE', until: clock.time + 10_000 });
  for (let times = 0; times < 10; times += 1) {
    clock.time += 600_000;
    const answers = await Promise.all([3, 4, 5, 6].map((nth) => (nth % 2 ? here : there).ask(turnOf(nth))));
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(1);
  }
});

test('failures of two nodes at one moment count both, and an answer on one of them ends the fault for all', async () => {
  const { here, there, one, clock } = await twoWatches();
  await Promise.all([here.failed(turnOf(1), unreachable, false), there.failed(turnOf(2), unreachable, false)]);
  expect((await one.agents.get(acme)).modelFault).toMatchObject({ tries: 2, until: clock.time + 20_000 });
  await there.answered(turnOf(3));
  expect(await here.ask(turnOf(1))).toBeUndefined();
});

test('a session whose own words are refused is found, although others are answered on another node', async () => {
  const { here, there } = await twoWatches();
  const refused = refuse('MODEL_REFUSED', 'messages.3: image exceeds 5 MB');
  expect(await here.failed(turnOf(1), refused, true)).toBeDefined();
  await there.answered(turnOf(2));
  expect(await here.failed(turnOf(1), refused, true)).toBeUndefined();
});
