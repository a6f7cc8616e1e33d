/** A folder whose state is in PostgreSQL remembers it, so that nobody goes on with what SQLite has there. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { OutsideError } from '../../../base/errors.ts';
import { readRegularFile, writeFileWhole } from '../../../base/files.ts';
import { shownPlace } from '../postgres.ts';

const bytesMax = 4_096;

const fileIn = (folder: string) => join(folder, 'in-postgres');

/** The state of this folder is at this address from now on. */
export function rememberMoved(folder: string, url: string): void {
  writeFileWhole(fileIn(folder), Buffer.from(`${shownPlace(url)}\n`));
}

/** The state of this folder is in SQLite again. */
export function forgetMoved(folder: string): void {
  rmSync(fileIn(folder), { force: true });
}

/** Throws OutsideError if the state of this folder is in PostgreSQL. */
export function refuseMoved(folder: string): void {
  const read = readRegularFile(fileIn(folder), bytesMax);
  if (!('bytes' in read)) return;
  const place = read.bytes.toString('utf8').trim();
  const why = `The state of this workspace is in PostgreSQL at ${place}, and DATABASE_URL is not set`;
  throw new OutsideError(why, {
    ...{ system: 'the database', request: 'open', kind: 'refused' },
    fix: `Set DATABASE_URL in .env again. To go back to SQLite, restore a backup here, or delete ${fileIn(folder)}.`,
  });
}
