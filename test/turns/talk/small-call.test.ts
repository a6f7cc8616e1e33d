/** How the JSON in the answer of the cheap model is read, which hostile texts may have made it write. */
import { expect, test } from 'vitest';
import { jsonIn } from '../../../src/turns/talk/small-call.ts';

test.each([
  '[{"a": 1}]',
  ' \n[{"a": 1}]\n ',
  '```\n[{"a": 1}]\n```',
  '```json\n[{"a": 1}]\n```\n',
  '\n```json \n\n[{"a": 1}]\n  ```',
])('the list in %j is read', (text) => {
  expect(jsonIn(text)).toEqual([{ a: 1 }]);
});

test.each(['', '```', '```json', '```json\n```', 'Sure: []', '```\n[]', '```js\n[]\n```', '[[[[1]]]]'])(
  'there is no JSON in %j',
  (text) => {
    expect(jsonIn(text)).toBeUndefined();
  },
);

// An answer that takes longer than this test may keeps every turn of the agent waiting.
test.each([' \n', '\n', '\t', '```\n', '['])(
  'an answer with %j again and again is read at once',
  { timeout: 30_000 },
  (part) => {
    expect(jsonIn(`\`\`\`\n${part.repeat(5_000)}`)).toBeUndefined();
    expect(jsonIn(`\`\`\`\n${part.repeat(5_000)}x\n\`\`\``)).toBeUndefined();
  },
);
