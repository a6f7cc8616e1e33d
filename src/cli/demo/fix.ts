/** The work item of the demo and the change that solves it: the demo repository's own bug, or one for a user's repository. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoFix, demoSource, type Fix } from '../../../emulators/demo-repository/model-script.ts';
import { startOf } from '../../documents/cut.ts';

export interface DemoCase {
  fix: Fix;
  /** The repository's files. */
  source: string;
  testCommand: string | undefined;
}

export interface RepositoryWish {
  repo: string;
  title: string;
  description: string;
}

/** "Replace `old` with `new` in `file`": a change that a description states exactly. */
const replacement = /replace\s+`([^`]+)`\s+(?:with|by)\s+`([^`]*)`\s+in\s+`([^`]+)`/gi;

const noteFile = 'JVAGENT-DEMO.md';

/** The command that runs the repository's tests, as far as its files say. */
function testCommandOf(folder: string): string | undefined {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return existsSync(join(folder, 'Makefile')) ? 'make test' : undefined;
  const { scripts } = JSON.parse(readFileSync(file, 'utf8')) as { scripts?: Record<string, string> };
  return scripts?.test ? 'npm test' : undefined;
}

/** What the scripted model does to a repository that it does not know: the stated replacements, or else a note in a new file. */
function fixFor({ title, description }: RepositoryWish): Fix {
  const edits = [...description.matchAll(replacement)].map(([, old = '', text = '', file = '']) => ({
    file,
    old,
    new: text,
  }));
  const note = { file: noteFile, old: '', new: `# ${title}\n\n${description}\n` };
  return {
    workItem: { type: 'Bug', title, description },
    commitMessage: `fix: ${startOf(title.replace(/\s+/g, ' '), 50)}`,
    edits: edits.length > 0 ? edits : [note],
  };
}

export function demoCase(wish?: RepositoryWish): DemoCase {
  const source = wish?.repo ?? demoSource;
  return { source, fix: wish ? fixFor(wish) : demoFix(), testCommand: testCommandOf(source) };
}
