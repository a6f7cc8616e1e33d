import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../../../src/base/program.ts';
import { createIgnoreRules } from '../../../src/git/tree/ignore-rules.ts';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'jvagent-ignore-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const env = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' };

/** Which of the files git itself ignores under these rules. */
async function gitIgnores(rules: Record<string, string>, files: readonly string[]): Promise<Set<string>> {
  const folder = mkdtempSync(join(root, 'case-'));
  const git = (args: string[], input = '') =>
    runProgram({ file: '/usr/bin/git', args, env, cwd: folder, input, timeoutMs: 10_000 });
  await git(['init', '--quiet', '--template=']);
  for (const file of files) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
  for (const [at, text] of Object.entries(rules)) {
    mkdirSync(join(folder, at), { recursive: true });
    writeFileSync(join(folder, at, '.gitignore'), text);
  }
  const { stdout } = await git(['check-ignore', '--no-index', '-z', '--stdin'], files.map((it) => `${it}\0`).join(''));
  rmSync(folder, { recursive: true });
  return new Set(stdout.toString('utf8').split('\0').filter(Boolean));
}

const files = [
  'a',
  'b.log',
  'a b',
  'd/a',
  'd/b.log',
  'd/e/a',
  'd/e/f/a',
  'd/e/f/b.log',
  'é/a',
  'x/[a]',
  'x/a-b',
  'x/!a',
  'x/#a',
];

const piece = fc.constantFrom(
  'a',
  'b',
  'd',
  'e',
  'f',
  'x',
  'é',
  '.log',
  '*',
  '**',
  '?',
  '/',
  '[ab]',
  '[!a]',
  '[a-e]',
  '[[:alpha:]]',
  '\\',
  '!',
  '#',
  ' ',
  '-',
  '[',
);
const line = fc.array(piece, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
const text = fc.array(line, { maxLength: 4 }).map((lines) => lines.join('\n'));

describe('ignore rules', () => {
  it('ignore exactly what git ignores', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, async (top, deeper) => {
        const rules = createIgnoreRules([
          { folder: '', text: top },
          { folder: 'd/e', text: deeper },
        ]);
        const ours = new Set(files.filter((file) => rules.ignores(file, false)));
        expect(ours).toEqual(await gitIgnores({ '': top, 'd/e': deeper }, files));
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    '/build/\n!/build/keep',
    '*\n!d/\n!*.log',
    'd/**\n!d/e/',
    '**/a',
    '**\\/a',
    'd/**\\/a',
    'a**\\/a',
    'd/**/a',
    'a\\ \n',
    'b.log   ',
    '\\!a\n\\#a',
    'x/\\[a]',
    '[^b]',
    'd/e\r\n',
    '\ufeffa',
    'x/[a',
    '[]]',
    'a/',
    'e/',
    'é',
    '??',
  ])('agree with git on %j', async (top) => {
    const rules = createIgnoreRules([{ folder: '', text: top }]);
    const ours = new Set(files.filter((file) => rules.ignores(file, false)));
    expect(ours).toEqual(await gitIgnores({ '': top }, files));
  });
});
