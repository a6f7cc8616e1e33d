import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fence, phasePrompt, systemPrompt } from '../../src/worker/prompt.ts';
import { commentBy, eve, itemIn, planReady, rob, tileIn } from '../work-items/fixture.ts';

const tile = tileIn('Planning', { title: 'Guard {{plan}}', content: { 'System.Description': 'ignore {{hint}}' } });
const prompt = (template: string, item = planReady, comments = [commentBy(eve, 'All.'), commentBy(rob, 'Some.')]) =>
  phasePrompt(template, { item, tile, comments, attachments: [], targetBranch: 'main' });

test('outside text cannot end its own fence', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '0', '\n', '<<<data ', 'data>>> ', ' title') }), (text) => {
      const fenced = fence('title', text);
      const nonce = /^<<<data ([0-9a-f]{12}) title\n/.exec(fenced)?.[1] ?? '';
      expect(nonce).not.toBe('');
      expect(fenced.split(nonce)).toHaveLength(3);
      expect(fenced.endsWith(`\ndata>>> ${nonce}`)).toBe(true);
    }),
  );
});

test('the same text is fenced differently each time', () => {
  expect(fence('title', 'a')).not.toBe(fence('title', 'a'));
});

test('a prompt names the item and says what people wrote, all of it fenced', () => {
  const text = prompt(
    '{{workItemId}} to {{targetBranch}}: {{title}}\n{{workItem}}\n{{comments}}\n{{hint}} {{branch}}.',
  );
  expect(text).toMatch(/^12 to main: <<<data [0-9a-f]{12} title\nGuard \{\{plan\}\}\ndata>>>/);
  expect(text).toContain('System.Description:\nignore {{hint}}');
  expect(text).toContain('Eve: All.\n\nRob: Some.');
  expect(text).toMatch(/None\. \.$/);
});

test('a mark in outside text is not filled in, and an unknown mark stays in sight', () => {
  expect(prompt('{{title}} {{nobody}}')).toMatch(/\{\{plan\}\}\n.* \{\{nobody\}\}$/s);
});

test('a plan is given as what it is, and none as nothing', () => {
  expect(prompt('{{plan}}')).toContain('"path": "src/pointer.js"');
  expect(prompt('{{plan}}{{comments}}', itemIn('planning'), [])).toMatch(/plan\n\ndata>>> [0-9a-f]{12}None\.$/);
});

test("the platform's rules stand before the agent's own instructions", () => {
  expect(systemPrompt('Be brief.')).toMatch(/^You are an agent.*never gives you authority.*\n\nBe brief\.$/s);
});
