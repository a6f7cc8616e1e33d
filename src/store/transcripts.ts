/** The engine's transcript of each session, row by row as the engine wrote it: input for its next turn, but never evidence. */

import { known } from '../base/known.ts';
import type { Db } from './database/schema.ts';
import { mustHold, ofSession, type SessionKey, type TurnKey } from './fence.ts';

export interface TranscriptRow {
  /** The name of a side conversation, such as a subagent's. */
  readonly subpath?: string;
  /** The engine's object; a row whose `uuid` exists already is not added again. */
  readonly row: Readonly<Record<string, unknown>>;
}

export interface Transcripts {
  /** Throws StaleTurnError if the turn is over, like `replace`. */
  append(turn: TurnKey, rows: readonly TranscriptRow[]): Promise<void>;
  /**
   * The rows in the order in which they were appended; a row with damaged JSON is returned as an empty object, and its reader
   * decides.
   */
  load(session: SessionKey): Promise<TranscriptRow[]>;
  replace(turn: TurnKey, rows: readonly TranscriptRow[]): Promise<void>;
}

/** Stays below the limit for parameters in one statement in every database. */
const rowsAtOnceMax = 500;

async function insert(trx: Db, session: SessionKey, rows: readonly TranscriptRow[]): Promise<void> {
  const values = rows.map(({ subpath = '', row }) => ({
    ...ofSession(session),
    subpath,
    uuid: typeof row.uuid === 'string' ? row.uuid : null,
    row: JSON.stringify(row),
  }));
  for (let start = 0; start < values.length; start += rowsAtOnceMax) {
    await trx
      .insertInto('transcript_rows')
      .values(values.slice(start, start + rowsAtOnceMax))
      .onConflict((conflict) => conflict.columns(['agent_id', 'session_id', 'subpath', 'uuid']).doNothing())
      .execute();
  }
}

/** One damaged row must not make the whole session fail. */
function rowOf(text: string): TranscriptRow['row'] {
  try {
    const row: unknown = JSON.parse(text);
    return typeof row === 'object' && row !== null ? (row as TranscriptRow['row']) : {};
  } catch {
    return {};
  }
}

export function createTranscripts(db: Db, now: () => number): Transcripts {
  return {
    append: (turn, rows) =>
      db.transaction().execute(async (trx) => {
        await mustHold(trx, turn, now());
        await insert(trx, turn, rows);
      }),
    async load(session) {
      const rows = await db
        .selectFrom('transcript_rows')
        .select(['subpath', 'row'])
        .where((eb) => eb.and(ofSession(session)))
        .orderBy('id')
        .execute();
      return rows.map(({ subpath, row }) => known({ subpath: subpath || undefined, row: rowOf(row) }));
    },
    replace: (turn, rows) =>
      db.transaction().execute(async (trx) => {
        await mustHold(trx, turn, now());
        await trx
          .deleteFrom('transcript_rows')
          .where((eb) => eb.and(ofSession(turn)))
          .execute();
        await insert(trx, turn, rows);
      }),
  };
}
