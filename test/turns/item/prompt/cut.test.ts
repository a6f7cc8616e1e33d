import { expect, test } from 'vitest';
import { cutFacts } from '../../../../src/turns/item/prompt/cut.ts';
import type { PromptFacts } from '../../../../src/turns/item/prompt/prompt.ts';
import { commentBy, eve, planReady, tileIn } from '../../../work-items/fixture.ts';

const facts: PromptFacts = {
  item: { ...planReady, hint: 'h'.repeat(900) },
  tile: tileIn('Planning', { content: { 'System.Title': 'Guard keys', 'System.Description': 'd'.repeat(9_000) } }),
  comments: ['old', 'middle', 'new'].map((text) => commentBy(eve, text.repeat(300))),
  attachments: [{ name: 'a.log', bytes: 9_000, text: 'l'.repeat(9_000) }],
  targetBranch: 'main',
};

const wordsOf = ({ item, tile, comments, attachments }: PromptFacts) =>
  [
    item.hint ?? '',
    ...Object.values(tile.content),
    ...comments.map(({ text }) => text),
    attachments[0]?.text ?? '',
  ].join('');

test('what fits is left as it is', () => {
  expect(cutFacts(facts, 100_000)).toEqual(facts);
});

test('news, title and the newest comments stay, the rest is cut, and each cut says how much is missing', () => {
  const cut = cutFacts(facts, 4_000);
  expect(cut.item.hint).toBe('h'.repeat(900));
  expect(cut.tile.content['System.Title']).toBe('Guard keys');
  expect(cut.tile.content['System.Description']).toMatch(/^d{2000}\n\[7000 more characters are left out/);
  const [old, , newest] = cut.comments.map(({ text }) => text);
  expect(newest).toBe('new'.repeat(300));
  expect(old).toContain('more characters are left out');
  expect(cut.attachments[0]?.text).toContain('9000 more characters are left out');
  expect(wordsOf(cut).length).toBeLessThan(4_600);
});

test('a cut never leaves half a character', () => {
  const content = { 'System.Description': '😀'.repeat(3_000) };
  const { tile } = cutFacts({ ...facts, tile: tileIn('Planning', { content }) }, 2_001);
  const [kept = ''] = (tile.content['System.Description'] ?? '').split('\n');
  expect(kept).toBe('😀'.repeat([...kept].length));
});
