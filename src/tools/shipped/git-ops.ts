/** `git-ops`: the session's branch, as the platform lets a model work on it; the rules are the platform's own git code. */
import { z } from 'zod';
import { limits } from '../../limits.ts';
import type { Refusal } from '../../refusal.ts';
import { definePlatformTool, type PlatformTool } from '../tool.ts';

/** Git for one turn of one session. Each answers JSON or a Refusal; names of branches and paths are the model's, unchecked. */
export interface GitTurn {
  status(): Promise<unknown | Refusal>;
  diff(paths?: readonly string[]): Promise<unknown | Refusal>;
  /** The newest `count` commits. */
  log(count: number): Promise<unknown | Refusal>;
  branchCreate(branch?: string): Promise<unknown | Refusal>;
  /** Sets listed files back to the branch's. */
  restore(files: readonly string[]): Promise<unknown | Refusal>;
  add(files: readonly string[]): Promise<unknown | Refusal>;
  commit(message: string): Promise<unknown | Refusal>;
  push(branch?: string): Promise<unknown | Refusal>;
  openPullRequest(wish: { branch?: string; base?: string; title?: string; body?: string }): Promise<unknown | Refusal>;
}

const name = z.string().min(1).max(400);

const schema = z
  .strictObject({
    action: z.enum(['status', 'branch-create', 'checkout', 'diff', 'add', 'commit', 'push', 'pr-create', 'log']),
    branch: name.optional(),
    message: z
      .string()
      .min(1)
      .max(8_000)
      .optional()
      .describe("Conventional Commit that names the work item: 'fix: x (#12)'"),
    files: z.array(z.string().min(1).max(500)).min(1).max(limits.planFilesMax).optional().describe('Literal paths'),
    baseBranch: name.optional().describe('Base branch of the pull request'),
    prTitle: z.string().max(400).optional().describe('One line'),
    prBody: z
      .string()
      .max(limits.planTextCharsMax)
      .optional()
      .describe('Markdown; the platform adds work item, tests, approval and plan'),
  })
  .refine(({ action, message }) => action !== 'commit' || message, { path: ['message'], error: 'is missing' })
  .refine(({ action, files }) => !['add', 'checkout'].includes(action) || files, {
    path: ['files'],
    error: 'is missing: name the files',
  });

type Input = z.output<typeof schema>;

const logCommits = 20;

/** Without the fields that were not given: an absent name means the platform's own. */
function wishOf({ branch, baseBranch: base, prTitle: title, prBody: body }: Input) {
  const wish = { branch, base, title, body };
  return Object.fromEntries(Object.entries(wish).filter(([, text]) => text !== undefined));
}

export function createGitOpsTool(git: GitTurn): PlatformTool {
  const actions: Readonly<Record<Input['action'], (input: Input) => Promise<unknown>>> = {
    status: () => git.status(),
    diff: ({ files }) => git.diff(files),
    log: () => git.log(logCommits),
    'branch-create': ({ branch }) => git.branchCreate(branch),
    checkout: ({ files = [] }) => git.restore(files),
    add: ({ files = [] }) => git.add(files),
    commit: ({ message = '' }) => git.commit(message),
    push: ({ branch }) => git.push(branch),
    'pr-create': (input) => git.openPullRequest(wishOf(input)),
  };

  return definePlatformTool({
    name: 'git-ops',
    description: "Git on this session's branch.",
    schema,
    actionField: 'action',
    actionsOfField: {
      branch: ['branch-create', 'push', 'pr-create'],
      message: ['commit'],
      files: ['diff', 'checkout', 'add'],
      baseBranch: ['pr-create'],
      prTitle: ['pr-create'],
      prBody: ['pr-create'],
    },
    actions: {
      status: 'lists the changed files, and the new ones that are not added',
      diff: 'shows what is committed on the branch; with `files`, of these files only',
      log: 'lists the newest commits',
      'branch-create': "names the session's branch; it exists already",
      checkout: 'sets `files` back to what is committed',
      add: 'adds new `files` to the next commit; files that the plan names are added by themselves',
      commit: 'commits every changed and added file with `message`',
      push: 'has the platform run the tests on the commit and push it',
      'pr-create': 'does the same and opens the pull request with `prTitle` and `prBody`',
    },
    execute: (input) => actions[input.action](input),
  });
}
