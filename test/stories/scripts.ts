/** Pieces of scripted models: scenes for the prompts of a phase, and the calls that most stories let the model make. */
import type { Reply, Script } from '../../emulators/anthropic/script.ts';
import { fix, fixingScript } from './world.ts';

export type SceneDraft = NonNullable<Script['scenes']>[number];
export type Replies = Reply[];

const { workItem, commitMessage, edits } = fix;
const file = edits[0]?.file ?? '';

/** A plan for the demo repository's fix; other fields over its own make it another plan. */
export function planFor(fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    summary: workItem.title,
    steps: [`Change ${file} at the place that the work item describes.`],
    files: [{ path: file, change: 'edit' }],
    tests: [],
    risks: '',
    rollback: '',
    ...fields,
  };
}

export const say = (text: string): Reply => [{ text }];
export const call = (tool: string, input: Record<string, unknown> = {}): Reply => [{ tool, input }];
export const gitOps = (input: Record<string, unknown>): Reply => call('mcp__jv__git-ops', input);
export const submitPlan = (fields: Readonly<Record<string, unknown>> = {}): Reply =>
  call('mcp__jv__submit-plan', planFor(fields));
export const ask = (question: string): Reply => call('mcp__jv__ask', { question });
/** The edit that settles the demo repository's bug. */
export const edit: Replies = edits.flatMap(({ old, new: text }) => [
  call('Read', { file_path: `/tree/${file}` }),
  call('Edit', { file_path: `/tree/${file}`, old_string: old, new_string: text }),
]);
export const write = (path: string, content: string): Reply => call('Write', { file_path: `/tree/${path}`, content });
export const commit = gitOps({ action: 'commit', message: `${commitMessage} (#{{workItemId}})` });
export const openPullRequest = gitOps({ action: 'pr-create' });
/** The turn lasts this much longer before the model goes on. */
export const after = (delayMs: number, reply: Reply): Reply => [{ delayMs }, ...reply];

/** What the model answers when it plans; `where` is a pattern in the prompt (a work item's title, news of the turn). */
export function planning(where: string, replies: Replies): SceneDraft {
  return { when: { prompt: `You plan the change for work item (?<workItemId>\\d+).*${where}` }, replies };
}

/** What the model answers when it carries out an approved plan. */
export function executing(where: string, replies: Replies): SceneDraft {
  return { when: { prompt: `The plan for work item (?<workItemId>\\d+) was approved.*${where}` }, replies };
}

/** What the model answers when its open pull request needs a repair. */
export function repairing(where: string, replies: Replies): SceneDraft {
  return { when: { prompt: `Your change for work item (?<workItemId>\\d+) on branch.*${where}` }, replies };
}

/** Writes a whole file by the shell, whatever the model has read of it. */
export const put = (path: string, line: string): Reply => call('Bash', { command: `echo '${line}' > ${path}` });

/** A model that, for work items of this title, plans and adds one file. */
export function adding(path: string, title: string): SceneDraft[] {
  const files = [{ path, change: 'new' }];
  return [
    planning(title, [submitPlan({ files }), say('The plan is handed in.')]),
    executing(title, [write(path, `For ${title}.\n`), commit, openPullRequest, say('Handed over.')]),
  ];
}

/** These scenes first; the demo's model, which plans and makes the real fix, wherever none of them holds. */
export function scriptOf(...scenes: SceneDraft[]): Script {
  return { scenes: [...scenes, ...fixingScript.scenes] };
}
