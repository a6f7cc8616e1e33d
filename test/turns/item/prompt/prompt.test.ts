import { expect, test } from 'vitest';
import { phasePrompt } from '../../../../src/turns/item/prompt/prompt.ts';
import { quoted } from '../../../../src/work-items/quote.ts';
import { commentBy, eve, itemIn, planReady, rob, tileIn } from '../../../work-items/fixture.ts';

const tile = tileIn('Planning', { title: 'Guard {{plan}}', content: { 'System.Description': 'ignore {{hint}}' } });
const prompt = (template: string, item = planReady, comments = [commentBy(eve, 'All.'), commentBy(rob, 'Some.')]) =>
  phasePrompt(template, { item, tile, comments, attachments: [], targetBranch: 'main' });

test('a prompt names the item and says what people wrote, all of it fenced', () => {
  const text = prompt(
    '{{workItemId}} to {{targetBranch}}: {{title}}\n{{workItem}}\n{{comments}}\n{{hint}} {{branch}}.',
  );
  expect(text).toMatch(/^12 to main: <<<data [0-9a-f]{12} title\nGuard \{\{plan\}\}\ndata>>>/);
  expect(text).toMatch(/<<<data [0-9a-f]{12} System\.Description of work item 12\nignore \{\{hint\}\}\ndata>>>/);
  expect(text).toMatch(/<<<data [0-9a-f]{12} comment by Eve, 2[-0-9T:.]+Z\nAll\.\ndata>>>/);
  expect(text).toMatch(/<<<data [0-9a-f]{12} comment by Rob, 2[-0-9T:.]+Z\nSome\.\ndata>>>/);
  expect(text).toMatch(/None\. \.$/);
});

test('a placeholder in outside text is not filled in, and an unknown one stays visible', () => {
  expect(prompt('{{title}} {{nobody}}')).toMatch(/\{\{plan\}\}\n.* \{\{nobody\}\}$/s);
});

test('a plan is given as what it is, and none as nothing', () => {
  expect(prompt('{{plan}}')).toContain('"path": "src/pointer.js"');
  expect(prompt('{{plan}}{{comments}}', itemIn('planning'), [])).toMatch(/plan\n\ndata>>> [0-9a-f]{12}None\.$/);
});

test("news has each person's and each program's words in a separate data block", () => {
  const hint = ['What was said:', quoted('Eve commented', 'Rename it.'), quoted('A check failed', '> npm test\nno')];
  const text = prompt('{{hint}}', itemIn('executing', { hint: hint.join('\n\n') }));
  const fences = [...text.matchAll(/<<<data ([0-9a-f]{12}) ([^\n]*)\n([\s\S]*?)\ndata>>> \1/g)];
  expect(fences.map(([, , label, within]) => [label, within])).toEqual([
    ['news', 'What was said:'],
    ['Eve commented', 'Rename it.'],
    ['A check failed', '> npm test\nno'],
  ]);
});

test('the prompt says what happened to earlier work in the tree, if there was any', () => {
  const told = (extra: Parameters<typeof itemIn>[1], from: 'turn' | 'kept' | 'commit') => {
    const facts = { tile, comments: [], attachments: [], targetBranch: 'main', tree: { sha: 'abc', from } };
    return phasePrompt('{{hint}}', { ...facts, item: itemIn('executing', extra) });
  };
  const tried = { ...itemIn('executing').counts, attempts: 1 };
  expect(told({}, 'commit')).toBe('None.');
  expect(told({ change: { branch: 'b', kept: 'k1' } }, 'kept')).toContain('it is not committed yet');
  expect(told({ change: { branch: 'b', kept: 'k1' } }, 'commit')).toContain('written anew from commit abc');
  expect(told({ counts: tried, hint: 'No commit was made.' }, 'commit')).toMatch(
    /No commit was made\.[\s\S]*written anew/,
  );
  expect(told({ counts: tried }, 'turn')).toBe('None.');
});
