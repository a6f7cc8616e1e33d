/** Tells in the log what failed in the periodic work of a node: each fault, but a database that is away only once, and its return. */
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { isAway } from '../store/database/postgres.ts';

export interface Faults {
  tell(error: unknown): void;
  /** The same function, after whose success the database counts as back: it always writes. */
  writing<A extends unknown[], T>(write: (...given: A) => Promise<T>): (...given: A) => Promise<T>;
}

/** `place` is the database's as people may see it; without it no fault is one of a database that is away. */
export function createFaults(log: Log, place: string | undefined): Faults {
  let isTold = false;
  return {
    tell(error) {
      if (place === undefined || !isAway(error)) return log.error(messageOf(error));
      if (isTold) return;
      isTold = true;
      log.error(
        `the database ${place} cannot be used: ${messageOf(error)}. Nothing starts; work goes on by itself when it is back`,
      );
    },
    writing:
      (write) =>
      async (...given) => {
        const written = await write(...given);
        // As loud as that it is away: who read the one must see the other.
        if (isTold) log.warn(`the database ${place} is back: work goes on`);
        isTold = false;
        return written;
      },
  };
}
