import { expect, test } from 'vitest';
import { cutWords, pastedIn, type Words, withPictures } from '../../../../src/turns/item/prompt/words.ts';
import { pastedFileText } from '../../../../src/work-items/pasted-file.ts';
import { commentBy, eve } from '../../../work-items/fixture.ts';

const words: Words = {
  hint: 'h'.repeat(900),
  title: 'Guard keys',
  content: { 'System.Description': 'd'.repeat(9_000) },
  comments: ['old', 'middle', 'new'].map((text) => commentBy(eve, text.repeat(300))),
  attachments: [{ id: '1', name: 'a.log', bytes: 9_000, text: 'l'.repeat(9_000) }],
};

const sizeOf = ({ hint = '', title, content, comments, attachments }: Words) =>
  [
    ...[hint, title],
    ...Object.values(content),
    ...comments.map(({ text }) => text),
    ...attachments.map(({ text = '' }) => text),
  ].join('').length;

test('what fits is left as it is', () => {
  expect(cutWords(words, 100_000)).toEqual({ ...words, missing: [] });
});

test('news, title and the newest comments stay, the rest is cut, and what is missing is said', () => {
  const cut = cutWords(words, 6_000);
  expect(cut.hint).toBe(words.hint);
  expect(cut.title).toBe('Guard keys');
  expect(cut.content['System.Description']).toMatch(/^d{3000}\n\[6000 more characters are left out here/);
  expect(cut.comments.map(({ text }) => text.slice(0, 3))).toEqual(['new']);
  expect(cut.attachments).toEqual([{ id: '1', name: 'a.log', bytes: 9_000 }]);
  expect(cut.missing).toEqual([
    'the end of System.Description, which has 9000 characters',
    'the 2 oldest comments',
    'what 1 attached text files say',
  ]);
  expect(sizeOf(cut)).toBeLessThan(6_000);
});

test('thousands of comments and files do not pass the bound by their number', () => {
  const comments = Array.from({ length: 5_000 }, (_, n) => commentBy(eve, `comment ${n}`));
  const attachments = Array.from({ length: 5_000 }, (_, n) => ({ id: `${n}`, name: `${n}.txt`, bytes: 1, text: 'x' }));
  const cut = cutWords({ ...words, comments, attachments }, 20_000);
  expect(cut.comments.at(-1)?.text).toBe('comment 4999');
  expect(cut.comments.length).toBeLessThan(100);
  expect(cut.attachments.length).toBeLessThan(100);
  expect(cut.missing.join()).toContain('oldest comments');
});

test('a cut never leaves half a character', () => {
  const content = { 'System.Description': '👩‍👩‍👧'.repeat(3_000) };
  const { content: cut } = cutWords({ ...words, content }, 4_001);
  const [kept = ''] = (cut['System.Description'] ?? '').split('\n');
  expect(kept).toMatch(/^(?:👩‍👩‍👧)+$/u);
});

test('a pasted picture is called by its place where it is shown, and by its name where not', () => {
  const [one, two] = [
    pastedFileText({ id: 'id-1', name: 'a b.png' }),
    pastedFileText({ id: 'id-2', name: '../x (1).png' }),
  ];
  const told = {
    ...words,
    hint: `as in ![x](${one})`,
    content: { text: `see ![y](${two})` },
    comments: [commentBy(eve, `again ${one}`)],
  };
  const pasted = pastedIn(told);
  expect(pasted).toEqual([
    { id: 'id-1', name: 'a-b.png' },
    { id: 'id-2', name: '..-x-1-.png' },
  ]);
  const picture = { path: '/attachments/1.png', content: Buffer.from('') };
  const shown = withPictures({ ...told, attachments: [{ ...pasted[0], id: 'id-1', name: 'a-b.png', picture }] });
  expect(shown.hint).toBe('as in ![x](/attachments/1.png)');
  expect(shown.content.text).toBe('see ![y](..-x-1-.png, which is not shown here)');
  expect(shown.comments[0]?.text).toBe('again /attachments/1.png');
});
