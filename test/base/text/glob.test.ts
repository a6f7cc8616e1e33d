import { describe, expect, it } from 'vitest';
import { createGlob } from '../../../src/base/text/glob.ts';

describe('a pattern', () => {
  it.each([
    ['release/*', 'release/1', true],
    ['release/*', 'release/1/2', false],
    ['src/**', 'src/a/b.ts', true],
    ['**/b.ts', 'b.ts', true],
    ['src/**/b.ts', 'src/b.ts', true],
    ['[a-c]?', 'bz', true],
    ['[!a-c]?', 'bz', false],
    ['a\\*', 'a*', true],
    ['a\\*', 'ab', false],
    ['[a', '[a', false],
    ['**', '.github/workflows/w.yml', true],
    ['*', '.npmrc', true],
    ['src/*', 'src/.env', true],
    ['{a,b}', 'a', false],
    ['{a,b}', '{a,b}', true],
    ['!a', '!a', true],
    ['(a|b)', 'a', false],
    ['A', 'a', false],
  ])('%s against %s is %s', (pattern, path, matches) => {
    expect(createGlob(pattern)(path)).toBe(matches);
  });

  it('of many stars is answered in bounded steps', () => {
    expect(createGlob(`${'a*'.repeat(60)}b`)('a'.repeat(900))).toBe(false);
  });
});
