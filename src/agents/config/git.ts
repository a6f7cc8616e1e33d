/** The `git` block of jvAgent.json: the customer's branch, our branches, and what a change may contain. */
import { z } from 'zod';
import { branchName, prefixFault } from './branch-name.ts';
import { count, folder, outsideUrl, text } from './forms.ts';

/** A label, or who reviews; they stand in the keys of effects. */
const pullRequestName = text.max(200);

const pullRequest = z.looseObject({
  draft: z.boolean().default(true).describe('whether pull requests are drafts'),
  titleFormat: text.optional().describe('their title (`{{title}} ({{mention}})`)'),
  template: text
    .optional()
    .describe(
      'a file of the repository, such as `.github/pull_request_template.md` (none). Its text on `git.customerBranch`, without HTML comments, comes last in the text of each pull request, under its own name',
    ),
  labels: z.array(pullRequestName).max(20).default([]).describe('at most 20, set on each new pull request'),
  reviewers: z
    .array(pullRequestName)
    .max(20)
    .default([])
    .describe(
      'at most 20, asked on each new pull request: on GitHub a login or a team (`acme/maintainers`); in Azure Repos a mail address, an id or the name of a group. See docs/lifecycle.md#labels-and-reviewers',
    ),
});

const authorDefault = 'jvagent <jvagent@localhost>';
const authorForm = /^[^<>\n]+ <[^<>\s]+@[^<>\s]+>$/;

const gitFields = z.looseObject({
  customerBranch: branchName.describe(
    'the target branch, by any name that git allows, such as `kunde/müller` or `release/2.0+eu`',
  ),
  branchPrefix: z
    .string()
    .max(
      60,
      'at most 60 characters, since a work item id and words follow; `--set git.branchPrefix=...` names another one',
    )
    .regex(/^[a-z0-9_][a-z0-9._-]*(\/[a-z0-9_][a-z0-9._-]*)*\/?$/, 'the beginning of a branch name in lower case')
    .refine((prefix) => !/[0-9]$/.test(prefix), 'must not end in a digit, because the work item id follows')
    .describe(
      "how the agent's branches begin: lower case, three characters or more, not ending in a digit, apart from `main`, `master`, the target and `git.protectedBranches`",
    ),
  provider: z
    .enum(['github', 'azure-repos'])
    .optional()
    .describe('the code host (known hosts: derived from GIT_REMOTE, see docs/connect-code.md#which-code-host)'),
  testCommand: text.optional().describe('what the host runs on each commit (none)'),
  testMinutesMax: count.max(240).default(20).describe('how long it may take'),
  testsMayFail: z.boolean().default(false).describe('opens pull requests even if tests fail'),
  setupCommand: text
    .optional()
    .describe(
      "installs the repository's dependencies, such as `npm ci`; see docs/configuration.md#dependencies (none)",
    ),
  paths: z
    .array(text)
    .min(1)
    .optional()
    .describe(
      'the paths that a change may touch, as patterns such as `src/**`; a folder named `[id]` is written `\\\\[id]` (all)',
    ),
  allowMeta: z
    .boolean()
    .default(false)
    .describe('whether a change may touch files that steer tools, such as `.github/`, `CLAUDE.md` or `Dockerfile`'),
  protectedBranches: z
    .array(text)
    .default([])
    .describe('branches to which nothing is pushed, as names or patterns such as `release/*`'),
  diffFilesMax: count.default(50).describe('how many files a change may have'),
  diffLinesMax: count.default(2_000).describe('how many lines a change may have'),
  author: z
    .string()
    .regex(authorForm, 'an author such as: Acme Agent <agent@example.com>')
    .optional()
    .describe(`the commit's author, \`Name <mail>\` (\`${authorDefault}\`)`),
  signOff: z.boolean().default(false).describe('whether commits are signed off'),
  pr: pullRequest.prefault({}).describe('the pull requests'),
  apiUrl: outsideUrl
    .optional()
    .describe("the address of the code host's API (derived from GIT_REMOTE); must be on the same host"),
  repo: folder.optional().describe('a local clone that saves the first fetch; pushes go only to GIT_REMOTE (none)'),
});

export const gitConfig = gitFields.superRefine((git, context) => {
  const message = prefixFault(git.branchPrefix, git);
  if (message) context.addIssue({ code: 'custom', path: ['branchPrefix'], message });
});

export type GitConfig = z.output<typeof gitConfig>;

/** The author of our commits. */
export function authorOf({ author = authorDefault }: GitConfig): { name: string; email: string } {
  const [name = '', email = ''] = author.slice(0, -1).split(' <');
  return { name, email };
}
