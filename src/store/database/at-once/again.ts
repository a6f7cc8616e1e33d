/**
 * Does again what PostgreSQL undid because others stood in its way: two transactions that waited for each other, or one that read
 * what another then changed. Nothing of it has happened, so it may simply be done once more.
 */
import { Kysely, type TransactionBuilder } from 'kysely';
import { limits } from '../../../limits.ts';
import type { Tables } from '../schema.ts';

/** PostgreSQL's codes for a deadlock and for a failed serialization. */
const undone: ReadonlySet<unknown> = new Set(['40P01', '40001']);

const wasUndone = (error: unknown) => error instanceof Error && 'code' in error && undone.has(error.code);

/** The last try's error is thrown. */
export async function again<T>(attempt: () => Promise<T>): Promise<T> {
  for (let nth = 1; ; nth += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!wasUndone(error) || nth >= limits.databaseTriesMax) throw error;
    }
  }
}

/** The database of a state, whose transactions are done again from their beginning: what they do besides must bear that. */
export class PatientDatabase extends Kysely<Tables> {
  override transaction(): TransactionBuilder<Tables> {
    return patient(super.transaction());
  }
}

function patient(builder: TransactionBuilder<Tables>): TransactionBuilder<Tables> {
  const { setAccessMode, setIsolationLevel, execute } = builder;
  return Object.assign(builder, {
    setAccessMode: (mode: Parameters<typeof setAccessMode>[0]) => patient(setAccessMode.call(builder, mode)),
    setIsolationLevel: (level: Parameters<typeof setIsolationLevel>[0]) =>
      patient(setIsolationLevel.call(builder, level)),
    execute: <T>(callback: Parameters<typeof execute<T>>[0]) =>
      again(() => execute.call(builder, callback) as Promise<T>),
  });
}
