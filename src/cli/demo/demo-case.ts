/** What the demo is about: the demo repository's own bug, or a user's repository and work item. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Script } from '../../../emulators/anthropic/script.ts';
import { demoFix, demoSource, scriptFor } from '../../../emulators/demo-repository/model-script.ts';
import { readSentences, sentenceForms, sentenceScript } from '../../../emulators/demo-repository/sentence-script.ts';
import { talkScenes } from '../../../emulators/demo-repository/talk-script.ts';
import type { NewItem } from '../../../emulators/engineer.ts';
import { attemptGit } from '../../../emulators/git-http/git.ts';
import { type Refusal, refuse } from '../../refusal.ts';

export interface DemoCase {
  workItem: NewItem;
  script: Script;
  /** What the scripted model will do, one line for each sentence it understood; empty for the demo's own bug. */
  steps: readonly string[];
  /** The repository's files. */
  source: string;
  testCommand: string | undefined;
}

export interface RepositoryWish {
  repo: string;
  title: string;
  description: string;
  /** The work item is for a real model, which needs no sentence that a script understands. */
  realModel: boolean;
}

/** The command that runs the repository's tests, as far as its files say. */
function testCommandOf(folder: string): string | undefined {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return existsSync(join(folder, 'Makefile')) ? 'make test' : undefined;
  const { scripts } = JSON.parse(readFileSync(file, 'utf8')) as { scripts?: Record<string, string> };
  return scripts?.test ? 'npm test' : undefined;
}

/** A folder that git can fetch a commit from; it may be a bare repository. */
async function checkRepository(repo: string): Promise<Refusal | undefined> {
  const no = (why: string, fix: string) => refuse('CONFIG_INVALID', `--repo ${repo}: ${why}`, fix);
  if (!statSync(repo, { throwIfNoEntry: false })?.isDirectory())
    return no('there is no such folder', 'Name the top folder of a git repository.');
  const directory = existsSync(join(repo, '.git')) ? join(repo, '.git') : repo;
  // In a linked work tree `.git` is a file that names the folder.
  const isFile = directory !== repo && statSync(directory).isFile();
  const head = isFile
    ? await attemptGit(repo, ['-C', repo, 'rev-parse', '--verify', 'HEAD^{commit}'], { env: { GIT_DIR: directory } })
    : await attemptGit(directory, ['rev-parse', '--verify', 'HEAD^{commit}']);
  if (head.code === 0) return undefined;
  return existsSync(join(repo, '.git')) || existsSync(join(repo, 'objects'))
    ? no('the repository has no commit', 'Commit its files first.')
    : no(
        'this is not the top folder of a git repository',
        'Name the folder that holds `.git`, or run `git init` and commit.',
      );
}

/** People talk with the agents while they work. */
const withTalk = ({ scenes }: Script): Script => ({ scenes: [...talkScenes(), ...scenes] });

/** The case for a user's repository; refused where there is nothing to work on, or the scripted model would not know what to do. */
async function ownCase({ repo, title, description, realModel }: RepositoryWish): Promise<DemoCase | Refusal> {
  const fault = await checkRepository(repo);
  if (fault) return fault;
  const steps = realModel ? [] : readSentences(`${title}\n${description}`);
  if (steps.length === 0 && !realModel) {
    const forms = sentenceForms.map((form) => `  ${form}`).join('\n');
    const why = 'the scripted model finds nothing in --title and --description that it could do';
    return refuse('CONFIG_INVALID', why, `Write one of these sentences, or use --model real:\n${forms}`);
  }
  const testCommand = testCommandOf(repo);
  const workItem = { type: 'Bug', title, description, isMarkdown: true };
  return { workItem, script: withTalk(sentenceScript(testCommand)), steps, source: repo, testCommand };
}

/** The demo's own bug, or the case of a wish. CONFIG_INVALID for a folder that is not a repository, and for a text without a sentence. */
export async function demoCase(wish?: RepositoryWish): Promise<DemoCase | Refusal> {
  if (wish) return ownCase(wish);
  const testCommand = testCommandOf(demoSource);
  const fix = demoFix();
  const script = withTalk(scriptFor(fix, testCommand));
  return { workItem: fix.workItem, script, steps: [], source: demoSource, testCommand };
}
