/** The `git` block of jvAgent.json: the customer's branch, our branches, and what a change may contain. */
import { z } from 'zod';
import { branchName, prefixFault } from './branch-name.ts';
import { count, folder, outsideUrl, text } from './forms.ts';

/** A label, or who reviews; they stand in the keys of effects. */
const pullRequestName = text.max(200);

const pullRequest = z.looseObject({
  draft: z.boolean().default(true),
  template: text.optional(),
  reviewers: z.array(pullRequestName).max(20).default([]),
  labels: z.array(pullRequestName).max(20).default([]),
  titleFormat: text.optional(),
});

const authorForm = /^[^<>\n]+ <[^<>\s]+@[^<>\s]+>$/;

const gitFields = z.looseObject({
  /** A clone on this machine from which objects are copied once; pushes go only to GIT_REMOTE. */
  repo: folder.optional(),
  customerBranch: branchName,
  branchPrefix: z
    .string()
    .max(60)
    .regex(/^[a-z0-9_][a-z0-9._-]*(\/[a-z0-9_][a-z0-9._-]*)*\/?$/, 'the beginning of a branch name in lower case')
    .refine((prefix) => !/[0-9]$/.test(prefix), 'must not end in a digit, because the work item id follows'),
  provider: z.enum(['github', 'azure-repos']).optional(),
  apiUrl: outsideUrl.optional(),
  /** Names, or patterns such as `release/*`. */
  protectedBranches: z.array(text).default([]),
  /** The paths that the agent may change; if absent, the whole repository. */
  paths: z.array(text).min(1).optional(),
  setupCommand: text.optional(),
  testCommand: text.optional(),
  testMinutesMax: count.max(240).default(20),
  testsMayFail: z.boolean().default(false),
  allowMeta: z.boolean().default(false),
  diffFilesMax: count.default(50),
  diffLinesMax: count.default(2_000),
  /** `Name <mail>`; the default is in `authorOf`. */
  author: z.string().regex(authorForm, 'an author such as: Acme Agent <agent@example.com>').optional(),
  signOff: z.boolean().default(false),
  pr: pullRequest.prefault({}),
});

export const gitConfig = gitFields.superRefine((git, context) => {
  const message = prefixFault(git.branchPrefix, git);
  if (message) context.addIssue({ code: 'custom', path: ['branchPrefix'], message });
});

export type GitConfig = z.output<typeof gitConfig>;

/** The author of our commits. */
export function authorOf({ author = 'jvagent <jvagent@localhost>' }: GitConfig): { name: string; email: string } {
  const [name = '', email = ''] = author.slice(0, -1).split(' <');
  return { name, email };
}
