/** Writes new files, all of them or none, and never over a file that exists. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface NewFile {
  /** Relative to the folder that it is written into. */
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

/** In the order given; if one cannot be written, those before it are removed again. Throws the operating system's error. */
export function writeNew(folder: string, files: readonly NewFile[]): void {
  const written: string[] = [];
  let isWhole = false;
  try {
    for (const { path, text, mode } of files) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
      writeFileSync(file, text, { mode, flag: 'wx' });
      written.push(file);
    }
    isWhole = true;
  } finally {
    if (!isWhole) for (const file of written) rmSync(file, { force: true });
  }
}
