import { expect, it } from 'vitest';
import { checkMessage } from '../../src/git/message-rule.ts';
import { codeOf } from './fixture.ts';

const item = { workItemId: 12 };

it.each([
  'fix: guard keys (#12)',
  'feat(core)!: refuse keys of the prototype #12',
  'docs: tell of AB#12\n\nA body that says why.',
  'chore: 12 is done',
])('takes %j', (text) => {
  expect(checkMessage(text, item)).toBe(text);
});

it.each([
  ['no type', 'guard keys (#12)'],
  ['no such type', 'hack: guard keys (#12)'],
  ['no text', 'fix: '],
  ['no item', 'fix: guard keys'],
  ['another item', 'fix: guard keys (#123)'],
  ['no empty line', 'fix: guard keys (#12)\nmore'],
  ['a long header', `fix: ${'x'.repeat(130)} (#12)`],
  ['closes', 'fix: guard keys (#12)\n\nCloses #12'],
  ['fixes an item of Azure DevOps', 'fix: guard keys\n\nfixes AB#12'],
  ['resolves with a colon', 'fix: guard keys (#12)\n\nResolved: #7'],
  ['closes by the header itself', 'fix: #12 guard keys'],
  ['closes elsewhere', 'fix: guard keys (#12)\n\ncloses globex/app#3'],
  ['closes by url', 'fix: guard keys (#12)\n\nfixes https://github.com/globex/app/issues/3'],
  ['hides the word', 'fix: guard keys (#12)\n\nclo\u200bses #12'],
  ['skips checks', 'fix: guard keys (#12)\n\n[skip ci]'],
  ['skips Azure checks', 'fix: guard keys (#12) ***NO_CI***'],
  ['no text at all', 12],
])('refuses a message with %s', (_what, text) => {
  expect(codeOf(checkMessage(text, item))).toBe('MESSAGE_FORM');
});

it('disarms links, images, mentions and commands', () => {
  const body = 'For @everyone: ![x](https://evil.example/x.png)\n/merge\n[jv:plan:00]';
  expect(checkMessage(`fix: guard keys (#12)\n\n${body}`, item)).toBe(
    'fix: guard keys (#12)\n\nFor @ everyone: [x] (https ://evil.example/x.png)\n∕merge\n(jv:plan:00]',
  );
});

it('takes out control and bidi characters, and trailers that speak for people', () => {
  const text = 'fix: guard\u202e keys\u0007 (#12)\r\n\r\nWhy.  \n\n\n\nSigned-off-by: The Boss <boss@acme.test>\n';
  expect(checkMessage(text, item)).toBe('fix: guard keys (#12)\n\nWhy.');
});
