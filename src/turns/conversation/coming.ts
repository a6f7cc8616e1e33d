/** A talk with the engine that is to come in a turn: what is done before it gives the engine time to start. */
import type { TurnRest } from '../../ipc/protocol.ts';

export interface Coming {
  /** Starts the engine. */
  expect(): void;
  take(): Promise<TurnRest>;
  /** Also for one that is not taken: its engine is gone then. */
  end(): Promise<void>;
}

/** Takes them in their order after `first`, during which the engine of the first of them starts; the last one's rest. */
export async function takeAfter(first: () => Promise<unknown>, comings: readonly Coming[]): Promise<TurnRest> {
  let rest: TurnRest = {};
  try {
    comings[0]?.expect();
    await first();
    for (const coming of comings) rest = await coming.take();
    return rest;
  } finally {
    for (const coming of comings) await coming.end();
  }
}
