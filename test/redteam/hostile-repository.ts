/** The demo repository as an attacker would submit it: its files try to control git, the engine and the test run. */
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { demoSource } from '../../emulators/demo-repository/model-script.ts';

/** A folder with the demo repository and these files over it; the caller removes it. */
export function hostileRepository(files: Readonly<Record<string, string>>): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'redteam-')), 'jsonpointer');
  cpSync(demoSource, folder, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** A Bash command of the model that goes on once the test put a file `go` into its tree. */
export const waitInside = 'until [ -e /tree/go ]; do sleep 0.1; done; echo went on';
