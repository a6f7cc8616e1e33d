/** Many sessions that are due at once, over three nodes. */
import { expect, it } from 'vitest';
import { check } from './checker.ts';
import { nodeNames, openWorld } from './world.ts';

/** With --all a thousand. */
const sessions = process.env.JVAGENT_ALL === '1' ? 1_000 : 200;

it('many sessions over three nodes drain with every node working', async ({ onTestFinished }) => {
  const work = { steps: 3, stepMs: 20, atOnceMax: 10 };
  const world = await openWorld({ carrier: 'ours', shorterBy: 1, sessions, ...work });
  onTestFinished(() => world.close());
  await Promise.all(nodeNames.map((name) => world.start(name)));
  await world.wake(Array.from({ length: sessions }, (_, number) => number));
  expect(await world.quiet(300_000)).toBe(true);
  const history = await world.history();
  expect(check(history, { gapMsMax: 300_000 }).findings).toEqual([]);
  expect(history.filter(({ kind }) => kind === 'done')).toHaveLength(sessions);
  const shares = nodeNames.map((name) => history.filter(({ holder }) => holder?.startsWith(`${name} `)).length);
  // Each did at least a quarter of what an equal share would be: on a busy machine one of them may be slow.
  expect(Math.min(...shares)).toBeGreaterThan((sessions * 2) / nodeNames.length / 4);
});
