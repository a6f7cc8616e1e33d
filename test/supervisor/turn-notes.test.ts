/** What the log and an agent's memory say of the tests of a commit. */
import { expect, test } from 'vitest';
import { readActivity } from '../../src/supervisor/copies/activity.ts';
import { createTurnNotes } from '../../src/supervisor/turn-notes.ts';
import type { TestOutcome } from '../../src/work-items/work-item.ts';
import { acme, openTestStore, session, testFolder } from '../store/fixture.ts';
import { codeChangeAgent } from '../turns/turn.ts';
import { nodeOver, runningTurn } from './node.ts';

/** What is said while the tests of a commit are run for an agent with this command, or with none. */
async function saidOfTests(testCommand: string | undefined, tests: TestOutcome) {
  const { store, clock } = await openTestStore();
  await store.sessions.ensure(session);
  const { node, said } = nodeOver({ store, clock });
  const agent = { ...codeChangeAgent({ git: { testCommand } }), folder: testFolder() };
  const turn = runningTurn({ agent });
  const notes = createTurnNotes(node);
  const key = `${acme} wi-12 test 3f2a#1`;
  await notes.testsBegin(turn, key);
  await notes.effect(turn, key, { kind: 'done', result: { tests } });
  return { log: said, memory: await readActivity(store, agent) };
}

test('tests that were run are told when they begin and when they end', async () => {
  const { log, memory } = await saidOfTests('npm test', {
    passed: true,
    command: 'npm test',
    output: '',
    seconds: 1,
  });
  expect(log).toEqual(['effect: wi-12 test 3f2a#1: begins: npm test', 'effect: wi-12 test 3f2a#1: done']);
  expect(memory).toContain('wi-12 test 3f2a#1: done');
});

test('without a test command nothing says that tests were run', async () => {
  const nothing = { log: [], memory: '' };
  expect(await saidOfTests(undefined, { passed: true, output: 'no test was run', seconds: 0 })).toEqual(nothing);
});
