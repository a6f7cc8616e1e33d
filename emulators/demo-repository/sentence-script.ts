/** A scripted model that does what a text says in one of three plain sentences, and asks where it finds none. */
import type { Script } from '../anthropic/script.ts';
import { lookScenes } from './look-script.ts';

type Scenes = Script['scenes'];

/** A backtick, as people write it or as Markdown escapes it. */
const tick = '\\\\?`';
/** A path that can stand in quotes in a shell; never the `<file>` of our own question. */
const file = `${tick}(?<file>[^\`<>'\\n\\\\]+)${tick}`;
const quoted = (name: string) => `${tick}(?<${name}>[^\`]+?)${tick}`;

/** What each sentence is: how to write it, its pattern, what it does to the file, and how to look before and do it. */
const sentences = {
  replace: {
    form: 'Replace `<old text>` with `<new text>` in `<file>`',
    pattern: `[Rr]eplace\\s+${quoted('old')}\\s+(?:with|by)\\s+${tick}(?<text>[^\`]*?)${tick}\\s+in\\s+${file}`,
    change: 'edit',
    step: 'In {{file}}, "{{old}}" becomes "{{text}}".',
    look: "grep -nF -f - -- '{{file}}' <<'END' || echo 'NOT POSSIBLE: {{file}} does not hold the old text.'\n{{old}}\nEND",
    act: [
      [{ tool: 'Read', input: { file_path: '/tree/{{file}}' } }],
      [
        {
          tool: 'Edit',
          input: { file_path: '/tree/{{file}}', old_string: '{{old}}', new_string: '{{text}}', replace_all: true },
        },
      ],
    ],
  },
  add: {
    form: 'Add a line `<text>` to `<file>`',
    pattern: `[Aa]dd\\s+(?:a|the|this)\\s+line\\s+${quoted('text')}\\s+to\\s+${file}`,
    change: 'edit',
    step: '{{file}} ends with a new line: "{{text}}".',
    look: "tail -n 3 -- '{{file}}' || echo 'NOT POSSIBLE: There is no {{file}}.'",
    act: [
      // A last line without a line break is ended first.
      [{ tool: 'Bash', input: { command: "sed -i '$a\\' '{{file}}' && cat >> '{{file}}' <<'END'\n{{text}}\nEND" } }],
    ],
  },
  create: {
    form: 'Create `<file>` with `<text>`',
    pattern: `[Cc]reate\\s+(?:the\\s+file\\s+)?${file}\\s+with\\s+(?:the\\s+text\\s+)?${quoted('text')}`,
    change: 'new',
    step: 'A new file {{file}} says "{{text}}".',
    look: "[ ! -e '{{file}}' ] && ls || echo 'NOT POSSIBLE: {{file}} is there already.'",
    act: [[{ tool: 'Write', input: { file_path: '/tree/{{file}}', content: '{{text}}\n' } }]],
  },
} as const;

const all = Object.values(sentences);

/** The sentences that the scripted model understands, as people write them. */
export const sentenceForms: readonly string[] = all.map(({ form }) => form);

/** What the scripted model would do for a text, one line for each sentence in it; none if it would ask. */
export function readSentences(text: string): string[] {
  return all.flatMap(({ pattern, step }) =>
    [...text.matchAll(new RegExp(pattern, 'gsu'))].map(({ groups = {} }) =>
      step.replace(/\{\{(\w+)\}\}/g, (_, name: string) => groups[name] ?? ''),
    ),
  );
}

/** A group that captures nothing, for the same pattern in another place. */
const unnamed = (pattern: string) => pattern.replace(/\(\?<\w+>/g, '(?:');
const anySentence = `(?:${all.map(({ pattern }) => unnamed(pattern)).join('|')})`;
const each = <T>(of: (sentence: (typeof all)[number]) => T) => all.map((one) => ({ in: 'words', ...of(one) }));

const whatIKnow = `I am a script and not a real model. I understand these sentences, with your own words in the backticks:\n\n${sentenceForms.map((form) => `- ${form}`).join('\n')}`;
const isAsked = [{ text: 'The question is on the work item. I wait for the answer.' }];
const ask = (question: string) => [{ tool: 'mcp__jv__ask', input: { question } }];
const looks = each(({ pattern, look }) => ({
  forEach: pattern,
  replies: [[{ tool: 'Bash', input: { command: look } }]],
}));
const acts = each(({ pattern, act }) => ({ forEach: pattern, replies: act.map((reply) => [...reply]) }));
const parts = (value: 'step' | 'file') =>
  each(({ pattern, step, change }) => ({
    forEach: pattern,
    value: value === 'step' ? step : { path: '{{file}}', change },
  }));

/** A prompt by its beginning, with the part of it that holds people's words. */
interface Told {
  begins: string;
  from: string;
  to: string;
}

const planning: Told = {
  begins: 'You plan the change for work item (?<workItemId>\\d+)',
  from: 'The work item:',
  to: 'What is new since',
};
const executing = { ...planning, begins: 'The plan for work item (?<workItemId>\\d+) was approved' };
const repairing: Told = {
  begins: 'Your change for work item (?<workItemId>\\d+) on branch',
  from: 'What is wrong:',
  to: 'What people said:',
};

const title = '(?=.*?Title of work item \\d+\\n(?<title>[^\\n]{1,60}))';

/** The prompt, with `title` and those `words` captured; `inside` must be found in the words. */
const promptOf = ({ begins, from, to }: Told, inside = '') =>
  `${begins}.*?${from}${title}(?=(?:(?!${to}).)*?${inside})(?<words>(?:(?!${to}).)*)`;

function planScenes(tests: string | undefined): Scenes {
  const plan = {
    summary: 'This does what the work item says, word by word: {{title}}',
    steps: parts('step'),
    files: parts('file'),
    tests: tests ? [`${tests} passes on the commit.`] : [],
    risks: 'The plan was made by a script that does not know what the code is for. Read the change.',
    rollback: 'Revert the merge commit.',
  };
  const tools = ['mcp__jv__submit-plan', 'mcp__jv__ask'];
  const notPossible = `This does not fit the repository. {{fault}}\n\nCorrect the description of the work item, then answer here. ${whatIKnow}`;
  return [
    { when: { prompt: promptOf(planning), toolResult: '"asked"', tools }, otherwise: isAsked },
    {
      when: { prompt: promptOf(planning), toolResult: 'NOT POSSIBLE: (?<fault>[^\\n]*)', tools },
      otherwise: ask(notPossible),
    },
    {
      when: { prompt: promptOf(planning), toolResult: '"refused".*"why": ?"(?<fault>[^"]*)', tools },
      otherwise: ask(notPossible),
    },
    {
      when: { prompt: promptOf(planning, anySentence), tools },
      replies: [...looks, [{ text: 'I know what to change.' }, { tool: 'mcp__jv__submit-plan', input: plan }]],
      otherwise: [{ text: 'The plan is submitted and waiting for approval.' }],
    },
    {
      when: { prompt: promptOf(planning), tools },
      replies: [ask(`What shall I change? ${whatIKnow}\n\nAnswer with one of them, or with several.`)],
      otherwise: isAsked,
    },
  ];
}

function changeScenes(tests: string | undefined): Scenes {
  const trial = tests ? [[{ text: 'Now I run the tests.' }, { tool: 'Bash', input: { command: tests } }]] : [];
  const commit = (subject: string) => ({
    tool: 'mcp__jv__git-ops',
    input: { action: 'commit', message: `chore: ${subject} (#{{workItemId}})` },
  });
  const tools = ['mcp__jv__git-ops'];
  return [
    {
      when: { prompt: promptOf(executing, anySentence), tools },
      replies: [
        ...acts,
        ...trial,
        [commit('{{title}}')],
        [{ tool: 'mcp__jv__git-ops', input: { action: 'pr-create' } }],
      ],
      otherwise: [{ text: 'The change is committed and ready to be pushed.' }],
    },
    {
      when: { prompt: promptOf(repairing, anySentence), tools },
      replies: [...acts, ...trial, [commit('follow the review')]],
      otherwise: [{ text: 'The repair is committed.' }],
    },
    {
      when: { prompt: promptOf(repairing), tools: [...tools, 'mcp__jv__ask'] },
      replies: [
        ask(`I cannot repair this by myself. ${whatIKnow}\n\nAnswer with one of them, about a file of the plan.`),
      ],
      otherwise: isAsked,
    },
  ];
}

/** `tests` is the command that the model runs itself before it commits. */
export function sentenceScript(tests: string | undefined): Script {
  const reply = `${whatIKnow}\n\nWrite one of them into the description of a work item. I answer no questions.`;
  return {
    scenes: [
      ...planScenes(tests),
      ...changeScenes(tests),
      ...lookScenes,
      {
        when: { prompt: '\\[jvagent\\] phase=conversation', tools: ['mcp__jv__reply'] },
        replies: [[{ tool: 'mcp__jv__reply', input: { text: reply } }]],
        otherwise: [{ text: 'The answer is given.' }],
      },
    ],
  };
}
