/** The demo repository as its authors left it, whose tests pass, and work items to begin with on the board of each customer. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Script } from '../anthropic/script.ts';
import type { NewItem } from '../engineer.ts';
import type { TenantName } from '../tenants.ts';
import { demoFix, demoSource, type Fix, scriptFor } from './model-script.ts';
import { sentenceScript } from './sentence-script.ts';
import { talkScenes } from './talk-script.ts';

export interface TryRepository {
  /** The folder with its files. */
  source: string;
  script: Script;
  /** Filed when the emulators start. */
  items: Record<TenantName, NewItem>;
}

/** The test of the bug that the demo's repository has on top; here the fix brings it. */
const testOfBug = /\n\/\/ set never reaches[\s\S]*?(?=\nconsole\.log\()/;

const globexItem: NewItem = {
  type: 'Task',
  title: 'Say in the README that Globex uses this module',
  description: 'Add a line `Used in production by Globex Corporation.` to `README.md`.',
  isMarkdown: true,
};

/** The same fix, with the test that the repository does not have yet. */
function fixWithTest(added: string): Fix {
  const fix = demoFix();
  const { workItem } = fix;
  const last = "\nconsole.log('All tests pass.')";
  return {
    ...fix,
    workItem: {
      ...workItem,
      description: workItem.description.replace(/\n\nTo see it:[\s\S]*$/, '\n\nThere is no test for it yet.'),
    },
    edits: [...fix.edits, { file: 'test.js', old: last, new: `${added}${last}` }],
  };
}

/** Writes the files into a new folder inside `folder`. `tests` is the command that runs their tests. */
export function writeTryRepository(folder: string, tests: string): TryRepository {
  const source = join(folder, basename(demoSource));
  cpSync(demoSource, source, { recursive: true });
  const file = join(source, 'test.js');
  const whole = readFileSync(file, 'utf8');
  const added = testOfBug.exec(whole)?.[0] ?? '';
  writeFileSync(file, whole.replace(added, ''));
  const fix = fixWithTest(added);
  const { title } = fix.workItem;
  return {
    source,
    script: { scenes: [...talkScenes(), ...scriptFor(fix, tests, title).scenes, ...sentenceScript(tests).scenes] },
    items: { acme: fix.workItem, globex: globexItem },
  };
}
