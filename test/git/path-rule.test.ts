import { describe, expect, it } from 'vitest';
import { checkChars, checkMeta, isMetaPath, meansGit, staysInside } from '../../src/git/path-rule.ts';
import { createIgnoreRules } from '../../src/git/tree/ignore-rules.ts';
import { codeOf } from './fixture.ts';

describe('names', () => {
  it.each([
    '.git',
    '.GIT',
    '.Git',
    'git~1',
    'GIT~2',
    '.g\u200cit',
    '.git.',
    '.git ',
    '.git. .',
    '.ｇｉｔ',
    '.gi\u00adt',
    '.git::$INDEX_ALLOCATION',
    '.',
    '..',
    '',
  ])('PE-05: %j means .git or leaves its folder', (name) => {
    expect(meansGit(name)).toBe(true);
  });
  it.each(['.gitignore', '.github', 'git', 'legit', '.gitx', 'git~', '...', 'a..b'])('%j does not', (name) => {
    expect(meansGit(name)).toBe(false);
  });
});

describe('meta paths', () => {
  it.each([
    'CLAUDE.md',
    'src/claude.md',
    '.github/workflows/x.yml',
    'a/.GitHub/x',
    '.gitattributes',
    'x/.gitmodules',
    'azure-pipelines-2.yml',
    'Dockerfile',
    'Dockerfile.dev',
    '.claude/settings.json',
    '.npmrc',
    'NuGet.config',
    'gitmod~1',
    '.vscode /x',
  ])('%s steers tools', (path) => {
    expect(isMetaPath(path)).toBe(true);
  });
  it.each(['src/main.ts', 'docs/dockerfile-notes.md', 'my.claude', 'github/x'])('%s does not', (path) => {
    expect(isMetaPath(path)).toBe(false);
  });
  it('are allowed only where `git.allowMeta` names them', () => {
    const allowed = createIgnoreRules([{ folder: '', text: '/Dockerfile\n.github/workflows/**' }]);
    const check = (path: string) => checkMeta(path, allowed);
    expect(check('Dockerfile')).toBeUndefined();
    expect(check('.github/workflows/a/b.yml')).toBeUndefined();
    expect(codeOf(check('x/Dockerfile'))).toBe('PATH_META');
    expect(codeOf(check('.github/CODEOWNERS'))).toBe('PATH_META');
  });
});

it.each([
  ['a\nb', String.raw`"a\nb" holds U+000A`],
  ['a\\b', String.raw`"a\\b" holds U+005C (\)`],
  ['a:b', '"a:b" holds U+003A (:)'],
  ['a\u001bb', String.raw`"a\u001bb" holds U+001B`],
  ['a\u202eb.js', String.raw`"a\u202eb.js" holds U+202E`],
  ['a\ufffdb', '"a\ufffdb" holds U+FFFD (\ufffd)'],
  ['a\u0085b', String.raw`"a\u0085b" holds U+0085`],
])('%j is refused, with the path and the character named', (path, why) => {
  expect(checkChars(path)).toMatchObject({ refused: 'PATH_CHARS', why });
});

it.each(['app/[id]/page.js', '{a}', '*', 'a?', '(group)/@slot/+page.svelte', 'a b', '`', 'é/日本語/😀.md'])(
  'the characters of %j are taken',
  (path) => {
    expect(checkChars(path)).toBeUndefined();
  },
);

describe('a link', () => {
  it.each([
    ['a/l', '../b'],
    ['a/b/l', '../../c/d'],
    ['l', 'a/b'],
    ['l', './a//b'],
  ])('at %s may point to %s', (path, target) => {
    expect(staysInside(path, target)).toBe(true);
  });
  it.each([
    ['l', '/etc/passwd'],
    ['l', '../x'],
    ['a/l', '../../x'],
    ['a/l', 's/../../x'],
    ['a/l', 's/../x'],
    ['l', '.git/config'],
    ['a/l', '../.GIT/hooks'],
    ['l', ''],
  ])('at %s may not point to %s', (path, target) => {
    expect(staysInside(path, target)).toBe(false);
  });
});
