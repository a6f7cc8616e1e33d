/** Each side of `bench faults` does its work where nothing strikes it. */
import { expect, it } from 'vitest';
import { check } from './checker.ts';
import { openWorld, until } from './world.ts';

it.concurrent.each(['ours', 'pg-boss'] as const)('%s carries sessions to their end', async (carrier) => {
  const world = await openWorld({ carrier, shorterBy: 9, sessions: 3, steps: 3, stepMs: 10, atOnceMax: 4 });
  try {
    await world.start('one');
    await world.wake([0, 1, 2]);
    await until(world, 'done', 3);
    const history = await world.history();
    expect(check(history, { gapMsMax: 240_000 }).findings).toEqual([]);
    // Of sessions with an even number each step, of the others a third of them.
    expect(history.filter(({ kind }) => kind === 'write')).toHaveLength(3 + 1 + 3);
  } finally {
    await world.close();
  }
});
