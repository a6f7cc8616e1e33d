/** An engine of a test, given by what one run of it does. */
import type { Engine, EngineEvent, EngineRun } from '../../src/engine/engine.ts';

export function engineOf(run: (wanted: EngineRun) => AsyncIterable<EngineEvent>): Engine {
  return {
    start: (start) => ({ talk: (words) => run({ ...start, ...words }), end: async () => {} }),
    run,
  };
}
