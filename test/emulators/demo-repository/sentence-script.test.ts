/** The scripted model of `emulate --workspace`, told of work items in the platform's own prompts. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createAnthropic } from '../../../emulators/anthropic/anthropic.ts';
import { readSentences, sentenceForms, sentenceScript } from '../../../emulators/demo-repository/sentence-script.ts';
import { questionPrompt } from '../../../src/turns/conversation/prompt.ts';
import { phasePrompt } from '../../../src/turns/item/prompt/prompt.ts';
import type { EnginePhase } from '../../../src/work-items/lifecycle/events.ts';
import { newWorkItem } from '../../../src/work-items/work-item.ts';

interface Call {
  name: string;
  input: Record<string, unknown>;
}

/** What the platform tells the model of work item 12; `comments` are people's, `hint` is what is new. */
function told(phase: EnginePhase, description: string, { comments = [] as string[], hint = '' } = {}): string {
  const template = readFileSync(new URL(`../../../templates/agent/prompts/${phase}.md`, import.meta.url), 'utf8');
  const by = { id: 'erin', name: 'Erin', mail: 'erin@acme.example.com' };
  return phasePrompt(template, {
    item: newWorkItem(12, 'Say more', 'Task'),
    type: 'Task',
    words: {
      title: 'Say more',
      content: { Description: description },
      comments: comments.map((text, at) => ({
        ...{ commentId: at, version: 1, by, at },
        ...{ isDeleted: false, format: 'markdown', text },
      })),
      attachments: [],
      missing: [],
      ...(hint ? { hint } : {}),
    },
    targetBranch: 'main',
    situation: '',
    tools: '',
  });
}

/** The tools that the model calls until it ends its turn, each answered by `answer`. */
async function turn(prompt: string, answer: (call: Call) => string = () => 'ok'): Promise<Call[]> {
  const { handler } = createAnthropic({ script: sentenceScript('npm test') });
  const names = ['submit-plan', 'ask', 'git-ops', 'reply'].map((name) => `mcp__jv__${name}`);
  const tools = [...names, 'Bash', 'Read', 'Edit', 'Write'].map((name) => ({ name, input_schema: { type: 'object' } }));
  const messages: unknown[] = [{ role: 'user', content: prompt }];
  const calls: Call[] = [];
  for (let steps = 0; steps < 20; steps++) {
    const body = JSON.stringify({ model: 'claude-sonnet-5', max_tokens: 100, tools, messages });
    const response = await handler(new Request('http://emulator/v1/messages', { method: 'POST', body }));
    const { content } = (await response.json()) as { content: ({ type: string; id: string } & Call)[] };
    const used = content.filter(({ type }) => type === 'tool_use');
    if (used.length === 0) return calls;
    calls.push(...used.map(({ name, input }) => ({ name, input })));
    const results = used.map((call) => ({ type: 'tool_result', tool_use_id: call.id, content: answer(call) }));
    messages.push({ role: 'assistant', content }, { role: 'user', content: results });
  }
  throw new Error('the turn does not end');
}

const three =
  'Please replace `old *text*` with `new` in `a/b.js`. Then add a line `One\\more` to `README.md`.\nCreate `docs/WHY.md` with `Because.`, thanks.';

test('it plans what each sentence of a work item says, and makes exactly those changes', async () => {
  const planned = await turn(told('planning', three));
  const plan = planned.find(({ name }) => name === 'mcp__jv__submit-plan')?.input;
  expect(plan).toMatchObject({
    steps: [
      'In a/b.js, "old *text*" becomes "new".',
      'README.md ends with a new line: "One\\more".',
      'A new file docs/WHY.md says "Because.".',
    ],
    files: [
      { path: 'a/b.js', change: 'edit' },
      { path: 'README.md', change: 'edit' },
      { path: 'docs/WHY.md', change: 'new' },
    ],
  });
  const made = await turn(told('executing', three));
  expect(made.filter(({ name }) => name === 'Edit' || name === 'Write').map(({ input }) => input)).toEqual([
    { file_path: '/tree/a/b.js', old_string: 'old *text*', new_string: 'new', replace_all: true },
    { file_path: '/tree/docs/WHY.md', content: 'Because.\n' },
  ]);
  expect(made.map(({ input }) => input.command)).toContain(
    "sed -i '$a\\' 'README.md' && cat >> 'README.md' <<'END'\nOne\\more\nEND",
  );
  expect(made.at(-2)?.input).toEqual({ action: 'commit', message: 'chore: Say more (#12)' });
  expect(made.at(-1)?.input).toEqual({ action: 'pr-create' });
});

test('it asks where it finds no sentence, says which ones it understands, and does not take its own words for an answer', async () => {
  const calls = await turn(told('planning', 'Make it faster.'));
  expect(calls.map(({ name }) => name)).toEqual(['mcp__jv__ask']);
  const question = String(calls[0]?.input.question);
  for (const form of sentenceForms) expect(question).toContain(form);
  expect(readSentences(question)).toEqual([]);
  const answered = told('planning', 'Make it faster.', { comments: [question, 'Add a line `fast` to `README.md`'] });
  expect((await turn(answered)).at(-1)).toMatchObject({
    name: 'mcp__jv__submit-plan',
    input: { steps: ['README.md ends with a new line: "fast".'] },
  });
});

test.each([
  [
    'the file is not as the sentence says',
    'Bash',
    'NOT POSSIBLE: README.md does not hold the old text.',
    'does not hold',
  ],
  [
    'the platform refuses the plan',
    'mcp__jv__submit-plan',
    '{"refused":"TOOL_PATH","why":"a is gone","fix":""}',
    'a is gone',
  ],
])('it asks and submits nothing after that when %s', async (_, tool, result, said) => {
  const prompt = told('planning', 'Replace `x` with `y` in `README.md`. Add a line `z` to `README.md`.');
  const calls = await turn(prompt, ({ name }) =>
    name === tool ? result : name === 'mcp__jv__ask' ? '{"asked":true}' : 'ok',
  );
  expect(calls.at(-1)).toMatchObject({ name: 'mcp__jv__ask', input: { question: expect.stringContaining(said) } });
  expect(calls.filter(({ name }) => name === 'mcp__jv__ask')).toHaveLength(1);
});

test("a repair follows the reviewer's sentence, and asks for one where there is none", async () => {
  const hint = (text: string) => ({ hint: `a review comment of erin:\n> ${text}` });
  const made = await turn(told('repair', three, hint('Replace `new` with `newer` in `a/b.js`.')));
  expect(made.find(({ name }) => name === 'Edit')?.input).toMatchObject({ old_string: 'new', new_string: 'newer' });
  expect(made.at(-1)?.input).toEqual({ action: 'commit', message: 'chore: follow the review (#12)' });
  const asked = await turn(told('repair', three, hint('Exit code 1')));
  expect(asked.map(({ name }) => name)).toEqual(['mcp__jv__ask']);
});

test('a question is answered with what the scripted model is and understands', async () => {
  const message = { from: 'person/erin', at: 0 } as const;
  const asked = questionPrompt(
    { ...message, id: '1', to: 'agent/codechange/acme', command: 'ask', payload: {} },
    'Who?',
    {
      sessionId: 'q-1',
      lead: '',
      charsMax: 100,
    },
  );
  const [call] = await turn(asked);
  expect(call).toMatchObject({ name: 'mcp__jv__reply', input: { text: expect.stringContaining('I am a script') } });
});
