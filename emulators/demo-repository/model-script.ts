/** The scripted model's work on a work item: it reads, plans an exact edit, waits for the approval, and makes that edit. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Script } from '../anthropic/script.ts';
import { lookScenes } from './look-script.ts';

const editSchema = z.strictObject({ file: z.string(), old: z.string(), new: z.string() });

const fixSchema = z.strictObject({
  workItem: z.strictObject({ type: z.string(), title: z.string(), description: z.string() }),
  commitMessage: z.string(),
  edits: z.array(editSchema),
});

/** One replacement in one file; an empty `old` creates a new file. */
type Edit = z.infer<typeof editSchema>;

/** A work item and the change that resolves it. */
export type Fix = z.infer<typeof fixSchema>;

/** The demo repository's real bug and its fix. */
export function demoFix(): Fix {
  return fixSchema.parse(JSON.parse(readFileSync(new URL('./fix.json', import.meta.url), 'utf8')));
}

/** The demo repository's files. */
export const demoSource = new URL('./jsonpointer', import.meta.url).pathname;

/** A pattern that matches this text. */
const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const inside = (file: string) => `/tree/${file}`;

function planOf({ workItem, edits }: Fix, tests: string | undefined) {
  return {
    summary: workItem.title,
    steps: edits.map(({ file, old }) =>
      old === '' ? `Add ${file}.` : `Change ${file} at the place that the work item describes.`,
    ),
    files: edits.map(({ file, old }) => ({ path: file, change: old === '' ? 'new' : 'edit' })),
    tests: tests ? [`${tests} passes on the commit.`] : [],
    risks: 'Small: nothing else changes.',
    rollback: 'Revert the merge commit.',
  };
}

function editBlocks({ file, old, new: text }: Edit) {
  if (old === '') return [[{ tool: 'Write', input: { file_path: inside(file), content: text } }]];
  return [
    [{ tool: 'Read', input: { file_path: inside(file) } }],
    [{ tool: 'Edit', input: { file_path: inside(file), old_string: old, new_string: text } }],
  ];
}

/**
 * The scenes for a work item that this fix resolves; `tests` is the command that the model runs itself. With a title they hold
 * only for work items of this title.
 */
export function scriptFor(fix: Fix, tests: string | undefined, title?: string): Script {
  const titled = title === undefined ? '' : `.*Title of work item \\d+\\n${literal(title)}\\n`;
  const commit = { action: 'commit', message: `${fix.commitMessage} (#{{workItemId}})` };
  const trial = tests ? [[{ text: 'Now I run the tests.' }, { tool: 'Bash', input: { command: tests } }]] : [];
  return {
    scenes: [
      {
        when: {
          prompt: `You plan the change for work item (?<workItemId>\\d+)${titled}`,
          tools: ['mcp__jv__submit-plan'],
        },
        replies: [
          [{ text: 'First I look at the code.' }, { tool: 'Bash', input: { command: 'git log --oneline -n 3; ls' } }],
          ...fix.edits
            .filter(({ old }) => old !== '')
            .map(({ file }) => [{ tool: 'Read', input: { file_path: inside(file) } }]),
          [{ text: 'I know what to change.' }, { tool: 'mcp__jv__submit-plan', input: planOf(fix, tests) }],
          [{ text: 'The plan is submitted and waiting for approval.' }],
        ],
      },
      {
        when: {
          prompt: `The plan for work item (?<workItemId>\\d+) was approved${titled}`,
          tools: ['mcp__jv__git-ops'],
        },
        replies: [
          ...fix.edits.flatMap(editBlocks),
          ...trial,
          [{ tool: 'mcp__jv__git-ops', input: commit }],
          [{ tool: 'mcp__jv__git-ops', input: { action: 'pr-create' } }],
          [{ text: 'The change is committed and ready to be pushed.' }],
        ],
      },
      ...lookScenes,
    ],
  };
}
