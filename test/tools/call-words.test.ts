import { expect, test } from 'vitest';
import { callWords } from '../../src/tools/call-words.ts';

test.each([
  [
    'mcp__jv__git-ops',
    { action: 'commit', message: 'fix: guard keys (#12)' },
    'git-ops commit "fix: guard keys (#12)"',
  ],
  ['mcp__jv__git-ops', { action: 'push' }, 'git-ops push'],
  [
    'mcp__jv__git-ops',
    { action: 'add', files: ['a.js', 'b c.js', 'd.js', 'e.js'] },
    'git-ops add a.js, "b c.js", d.js and 1 more',
  ],
  ['mcp__jv__azdo', { action: 'update', fields: { 'System.State': 'x' } }, 'azdo update System.State'],
  ['mcp__jv__instance-api', { method: 'GET', path: '/pages' }, 'instance-api GET /pages'],
  ['mcp__jv__submit-plan', { files: [{ path: 'a.js' }], summary: 'Guard keys' }, 'submit-plan "Guard keys"'],
  ['mcp__jv__crm', { customer: 'acme', more: {} }, 'crm acme'],
  ['mcp__jv__crm', { files: [{ path: 'a.js' }, { id: 1 }] }, 'crm a.js, one more'],
  ['Read', { file_path: '/tree/a.js' }, 'Read /tree/a.js'],
  ['Bash', 'not an object', 'Bash'],
  ['Bash', null, 'Bash'],
])('a call of %s is told by its main argument', (tool, input, words) => {
  expect(callWords(tool, input)).toBe(words);
});
