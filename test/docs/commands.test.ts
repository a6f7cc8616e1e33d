/**
 * The commands in README.md and docs/: each is carried out here as it is written, or by the test that is named for it, or the page says
 * above it that no test runs it, and why.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { hookSecret } from '../../src/triggers/hook-keys.ts';
import { startEmulated } from '../cli/emulated.ts';
import { jvagent } from '../cli/fixture.ts';

const root = join(import.meta.dirname, '../..');
/** All commands of try-it.md are run by test/browser/try-it.test.ts. */
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs')).flatMap((name) => (/^(?!try-it).+\.md$/.test(name) ? `docs/${name}` : [])),
];

/** Commands that stay, ask, need a platform or take minutes, each with the test that runs it. */
const elsewhere: Readonly<Record<string, string>> = {
  demo: 'test/cli/commands/demo.test.ts',
  emulate: 'test/browser/try-it.test.ts',
  start: 'test/browser/try-it.test.ts',
  'open ': 'test/cli/commands/open.test.ts',
  'logs codechange/acme wi-12 -f': 'test/cli/log/logs.test.ts',
  'send agent/docs ask': 'test/stories/conversation.test.ts',
  'confirm ': 'test/cli/commands/proposals.test.ts',
  'decline ': 'test/cli/commands/proposals.test.ts',
  'test live': 'test/conformance/live-command.test.ts',
  'test ': 'test/cli/test-suites.test.ts',
  'bench ': 'test/cli/program.test.ts',
};

const mark = /^\*Not run by our tests: .+\.\*$/;
const programs =
  /^ {4}(?:\.\/jvagent|jvagent|npx|npm|curl|docker|ssh|apt-get|git|useradd|install|sudo|systemctl|printf|gunzip) /;

interface Block {
  page: string;
  commands: string[];
  isMarked: boolean;
}

/** Indented blocks of commands; a backslash joins lines, and two spaces begin what is said of a command. */
function blocksOf(page: string): Block[] {
  const paragraphs = readFileSync(join(root, page), 'utf8').split(/\n{2,}/);
  return paragraphs.flatMap((text, nth) => {
    const lines = text.replace(/ \\\n */g, ' ').split('\n');
    if (!lines.some((line) => programs.test(line))) return [];
    const commands = lines.flatMap((line) => line.trim().replace(/ {2,}.*$/, '') || []);
    return [{ page, commands, isMarked: mark.test(paragraphs[nth - 1]?.split('\n').at(-1) ?? '') }];
  });
}

/** Commands in running text: a name alone is only named. */
function namedIn(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8').replace(/\n/g, ' ');
  return [...text.matchAll(/`(?:\.\/)?(jvagent [a-z][^`]*)`/g)].map(([, command = '']) => command);
}

/** The last is run by a test of its own. */
const isOurs = (line: string) => /^(\.\/)?jvagent /.test(line) || line.startsWith('printf ');
const blocks = pages.flatMap(blocksOf);
const testOf = (command: string) =>
  Object.entries(elsewhere).find(([begin]) => `${command.replace(/^(\.\/)?jvagent /, '')} `.startsWith(begin))?.[1];

/** What a page leaves to its reader, filled in. */
function wordsOf(command: string, folder: string): string[] {
  const words = [...command.replace(/^(\.\/)?jvagent /, '').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)];
  const filled: Readonly<Record<string, string>> = {
    ID: 'codechange/acme',
    '[ID]': 'codechange/acme',
    WORKITEM: '12',
    N: '12',
    'wi-N': 'wi-12',
    SESSION: 'wi-12',
    FILE: join(folder, 'backup.db'),
    'FILE.json': join(folder, 'many.json'),
    DIR: join(folder, 'backups'),
    'tokens.env': join(folder, 'tokens.env'),
    'support.json.gz': join(folder, 'support.json.gz'),
  };
  const given = words.map(([, one, two, three = '']) => one ?? two ?? filled[three] ?? three);
  const place = given[0] === 'init' ? join(folder, 'new', String(words.length)) : join(folder, 'workspace');
  return given.map((word) => (word === 'workspace' ? place : word));
}

/** A workspace against the emulators, with what the pages name. */
async function world() {
  const emulated = await startEmulated();
  for (const name of ['backups', 'new']) mkdirSync(join(emulated.folder, name));
  await emulated.run('status');
  writeFileSync(join(emulated.folder, 'tokens.env'), 'AZDO_PAT=a-token-of-nobody\n', { mode: 0o600 });
  writeFileSync(join(emulated.folder, 'many.json'), '[]', { mode: 0o600 });
  return emulated;
}

test('every command of a page is run by a test, or the page says why it is not', () => {
  const missing = Object.values(elsewhere).filter((path) => !existsSync(join(root, path)));
  expect(missing).toEqual([]);
  const foreign = blocks.flatMap(({ page, commands, isMarked }) =>
    isMarked ? [] : commands.filter((line) => !isOurs(line)).map((line) => `${page}: ${line}`),
  );
  expect(foreign).toEqual([]);
  expect(blocks.flatMap(({ commands }) => commands).length).toBeGreaterThan(30);
});

test('the commands of the pages succeed as they are written', async () => {
  const { folder, root: workspace } = await world();
  const failed: unknown[] = [];
  for (const { page, commands, isMarked } of blocks) {
    for (const command of isMarked
      ? []
      : commands.filter((one) => !one.startsWith('printf ') && testOf(one) === undefined)) {
      const words = wordsOf(command, folder);
      const isNew = words[0] === 'init';
      const { code, err } = await jvagent(
        ...(isNew || words.includes('--root') ? [] : ['--root', workspace]),
        ...words,
      );
      if (code !== 0) failed.push({ page, command, code, err });
    }
  }
  expect(failed).toEqual([]);
});

test('a command in running text is one that there is, with flags that it takes', async () => {
  const { folder, root: workspace } = await world();
  const wrong: unknown[] = [];
  for (const command of new Set(pages.flatMap(namedIn))) {
    const isNameOnly = /^jvagent [a-z]+( [a-z]+)?$/.test(command);
    if (testOf(command) !== undefined && !isNameOnly) continue;
    const words = [...wordsOf(command, folder), ...(isNameOnly ? ['--help'] : [])];
    const { code, err } = await jvagent('--root', workspace, ...words);
    if (code === 2) wrong.push({ command, err });
  }
  expect(wrong).toEqual([]);
});

test('the hook secret that the page computes is the one that the platform takes', async () => {
  const command = blocks.flatMap(({ commands }) => commands).find((line) => line.startsWith('printf ')) ?? '';
  const env = { JVAGENT_HOOK_KEY: 'a key of this test', PATH: '/usr/bin:/bin' };
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command], { env });
  expect(stdout).toContain(hookSecret(env.JVAGENT_HOOK_KEY, 'codechange/acme'));
});
