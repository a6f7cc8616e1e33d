/** The name of a state folder: which node's copies and repositories stand beside it. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { readRegularFile, writeFileWhole } from '../../base/files.ts';

const placeFile = 'place';

/** The name of this folder; one that has none gets it. It is never part of a backup. */
export function placeOf(folder: string): string {
  const file = join(folder, placeFile);
  const read = readRegularFile(file, 100);
  if ('bytes' in read && read.bytes.length > 0) return read.bytes.toString('utf8');
  const made = randomUUID();
  writeFileWhole(file, made);
  return made;
}
