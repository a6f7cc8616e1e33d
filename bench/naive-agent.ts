/**
 * The agent that a short script would be: for each phase of a work item a new `claude -p` with the CLI's own instructions and tools, which is
 * told everything again and reads the files again. It works in a clone, pushes by itself, and ends there.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Script } from '../emulators/anthropic/script.ts';
import type { Fix } from '../emulators/demo-repository/model-script.ts';
import { runProgram } from '../src/base/program.ts';
import { runBare } from './bare-claude.ts';

export const phases = ['planning', 'executing', 'repair'] as const;
export type Phase = (typeof phases)[number];

/** What a reviewer asks for, and the edit that follows. */
export const review = {
  words: 'Please say above the new lines why they are there.',
  old: "  if (pointer[1] === 'constructor'",
  new: "  // What all objects inherit is never written.\n  if (pointer[1] === 'constructor'",
};

const leads: Readonly<Record<Phase, string>> = {
  planning: 'Plan the change for this work item. Read what you need, change nothing, and end with the plan.',
  executing: 'The plan for this work item was approved. Make the change, commit it, push it and open a pull request.',
  repair: 'A reviewer asked for changes of your pull request. Make them, commit and push.',
};

const plan = ({ edits }: Fix) =>
  [
    ...edits.map(({ file }) => `1. Change ${file} at the place that the work item describes.`),
    'Tests: none. Risks: small, nothing else changes. Rollback: revert the merge commit.',
  ].join('\n');

const look = { tool: 'Bash', input: { command: 'git log --oneline -n 3; ls' } };

/** The same steps as our scripted model takes; what our tools do, git does in the shell. */
export function naiveScript(fix: Fix, tree: string): Script {
  const reads = fix.edits.map(({ file }) => [{ tool: 'Read', input: { file_path: join(tree, file) } }]);
  const edit = (file: string, old: string, text: string) => [
    { tool: 'Edit', input: { file_path: join(tree, file), old_string: old, new_string: text } },
  ];
  const commit = [{ tool: 'Bash', input: { command: `git commit -qam '${fix.commitMessage} (#1)'` } }];
  const push = [{ tool: 'Bash', input: { command: 'git push -q origin HEAD:refs/heads/feature/acme-1' } }];
  const file = fix.edits[0]?.file ?? '';
  return {
    scenes: [
      { when: { prompt: leads.planning }, replies: [[look], ...reads, [{ text: plan(fix) }]] },
      {
        when: { prompt: leads.executing },
        replies: [
          [look],
          ...reads,
          ...fix.edits.map(({ file: path, old, new: text }) => edit(path, old, text)),
          commit,
          push,
          [{ text: 'The change is pushed.' }],
        ],
      },
      {
        when: { prompt: leads.repair },
        replies: [[look], ...reads, edit(file, review.old, review.new), commit, push, [{ text: 'Done as asked.' }]],
      },
    ],
  };
}

/** What each phase is told: the work item and all that was decided about it. */
function promptOf(phase: Phase, fix: Fix): string {
  const { title, description } = fix.workItem;
  return [
    leads[phase],
    `Work item 1: ${title}\n\n${description}`,
    ...(phase === 'planning' ? [] : [`The approved plan:\n\n${plan(fix)}`]),
    ...(phase === 'repair' ? [`The reviewer wrote: ${review.words}`] : []),
  ].join('\n\n');
}

async function git(cwd: string, ...args: readonly string[]): Promise<void> {
  const env = { PATH: '/usr/bin:/bin', HOME: cwd, GIT_CONFIG_NOSYSTEM: '1' };
  const who = ['-c', 'user.name=Bench', '-c', 'user.email=bench@localhost'];
  const { code, stderr } = await runProgram({
    file: '/usr/bin/git',
    args: ['-C', cwd, ...who, ...args],
    env,
    timeoutMs: 60_000,
  });
  if (code !== 0) throw new Error(stderr);
}

/** A clone of the bare repository in which it works. */
export async function naiveTree(repository: string): Promise<string> {
  const tree = mkdtempSync(join(tmpdir(), 'jvagent-naive-'));
  await git(tree, 'clone', '--quiet', repository, '.');
  await git(tree, 'config', 'user.name', 'Bench');
  await git(tree, 'config', 'user.email', 'bench@localhost');
  return tree;
}

/** Runs one phase; it has nothing of the phase before but what is in the tree. */
export async function runNaive(
  phase: Phase,
  fix: Fix,
  given: { tree: string; baseUrl: string; home: string; model: string },
) {
  const allowedTools = ['Bash', 'Read', 'Edit', 'Write', 'Glob', 'Grep'];
  const { tree, baseUrl, home, model } = given;
  await runBare({ prompt: promptOf(phase, fix), model, allowedTools }, { baseUrl, home, cwd: tree });
}
