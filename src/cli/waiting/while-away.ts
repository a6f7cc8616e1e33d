/** What a command that waits does while its database is away: it says so once, goes on to look, and says when it is back. */
import { isAway } from '../../store/database/postgres.ts';
import type { Print } from '../print.ts';

/** Carries out one look after the other; undefined from one that the database did not answer. */
type Look = <T>(look: () => Promise<T>) => Promise<T | undefined>;

/** `then` says what comes when the database is back. */
export function lookThroughAway(print: Print, then: string): Look {
  let isTold = false;
  return async (look) => {
    try {
      const seen = await look();
      if (isTold) print.note('The database is back.');
      isTold = false;
      return seen;
    } catch (error) {
      if (!isAway(error)) throw error;
      if (!isTold) print.note(`The database does not answer. ${then}`);
      isTold = true;
      return undefined;
    }
  };
}
