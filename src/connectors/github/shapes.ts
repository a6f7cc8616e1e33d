/** The answers of GitHub that we read, as far as we read them, and what they are in our words. */
import { z } from 'zod';
import { known } from '../../base/known.ts';
import type { Check, PullRequest, ReviewNote } from '../../work-items/code-host.ts';
import { moment } from '../http/outside.ts';

const user = z.object({ login: z.string().min(1) });
export const userShape = user;

/** A list whose pages are plain arrays. */
const listOf = <T extends z.ZodType>(row: T) => z.array(row).transform((rows) => ({ rows }));
type Row<T extends z.ZodType<{ rows: unknown[] }>> = z.output<T>['rows'][number];

/** A row of a list: `merged` is only in the answer to one pull request. */
export const rowsShape = listOf(
  z.object({
    number: z.int(),
    head: z.object({ ref: z.string(), repo: z.object({ full_name: z.string() }).nullable() }),
    base: z.object({ ref: z.string() }),
  }),
);

export const pullShape = z.object({
  number: z.int(),
  html_url: z.string(),
  user: user.nullish(),
  state: z.enum(['open', 'closed']),
  draft: z.boolean().default(false),
  head: z.object({ ref: z.string(), sha: z.string() }),
  base: z.object({ ref: z.string() }),
  merged: z.boolean().default(false),
  merged_at: moment.nullish(),
  merge_commit_sha: z.string().nullish(),
  merged_by: user.nullish(),
});

const said = { id: z.int(), user: user.nullable(), body: z.string().nullish() };

export const reviewsShape = listOf(z.object({ ...said, state: z.string(), submitted_at: moment.nullish() }));

export const lineCommentsShape = listOf(
  z.object({ ...said, created_at: moment, path: z.string(), line: z.int().nullish() }),
);

export const commentsShape = listOf(z.object({ ...said, created_at: moment }));

/** Merged is what GitHub says in two places; before that its merge commit is only a trial. */
export function pullRequestOf(pull: z.output<typeof pullShape>): PullRequest {
  const isMerged = pull.merged && Boolean(pull.merged_at);
  return known({
    number: pull.number,
    url: pull.html_url,
    openedBy: pull.user?.login ?? 'ghost',
    state: isMerged ? 'merged' : pull.state,
    draft: pull.draft,
    branch: pull.head.ref,
    headSha: pull.head.sha,
    base: pull.base.ref,
    mergedSha: (isMerged && pull.merge_commit_sha) || undefined,
    mergedAt: (isMerged && pull.merged_at) || undefined,
    mergedBy: isMerged ? pull.merged_by?.login : undefined,
  });
}

/** What a person may do with the repository: `maintain` counts as write here, `triage` as read. */
export const permissionShape = z.object({ permission: z.string() });

type Said = Pick<Row<typeof commentsShape>, 'id' | 'user' | 'body'>;

/** Whether its author may write to the repository is asked separately. */
export type GitHubNote = Omit<ReviewNote, 'maySteer'>;

function noteOf(
  prefix: string,
  kind: ReviewNote['kind'],
  { id, user: by }: Said,
  at: number,
  text: string,
): GitHubNote {
  return { id: `${prefix}-${id}`, by: by?.login ?? 'ghost', kind, text, at };
}

const reviewKinds: Readonly<Record<string, ReviewNote['kind']>> = {
  CHANGES_REQUESTED: 'changes-requested',
  APPROVED: 'approved',
  COMMENTED: 'comment',
};

/** Reviews that count: neither dismissed nor still being written, nor only the cover of their line comments. */
export function reviewNotes(reviews: readonly Row<typeof reviewsShape>[]): GitHubNote[] {
  return reviews.flatMap((review) => {
    const kind = reviewKinds[review.state];
    const text = review.body ?? '';
    if (!kind || !review.submitted_at || (kind === 'comment' && text === '')) return [];
    return [noteOf('review', kind, review, review.submitted_at, text)];
  });
}

export function lineNotes(comments: readonly Row<typeof lineCommentsShape>[]): GitHubNote[] {
  return comments.map((comment) => {
    const place = comment.line ? `${comment.path}:${comment.line}` : comment.path;
    return noteOf('line', 'comment', comment, comment.created_at, `${place}: ${comment.body ?? ''}`);
  });
}

export function commentNotes(comments: readonly Row<typeof commentsShape>[]): GitHubNote[] {
  return comments.map((comment) => noteOf('comment', 'comment', comment, comment.created_at, comment.body ?? ''));
}

/** How many there are on all pages together. */
const total_count = z.int().optional();

export const checkRunsShape = z
  .object({
    total_count,
    check_runs: z.array(
      z.object({
        name: z.string(),
        conclusion: z.string().nullish(),
        html_url: z.string().nullish(),
        output: z.object({ title: z.string().nullish(), summary: z.string().nullish() }).nullish(),
      }),
    ),
  })
  .transform(({ check_runs, total_count: total }) => ({ rows: check_runs, total }));

export const statusShape = z
  .object({
    total_count,
    statuses: z.array(
      z.object({
        context: z.string(),
        state: z.enum(['error', 'failure', 'pending', 'success']),
        description: z.string().nullish(),
        target_url: z.string().nullish(),
      }),
    ),
  })
  .transform(({ statuses, total_count: total }) => ({ rows: statuses, total }));

const details = (url: string | null | undefined, words: readonly (string | null | undefined)[]) => {
  const summary = [...new Set(words.filter(Boolean))].join('\n');
  return known({ url: url || undefined, summary: summary || undefined });
};

/** What the code is at fault for; a check that was cancelled, is stale or asks for a person is still open. */
const failing = ['failure', 'timed_out'];
const passing = ['success', 'neutral', 'skipped'];

export function runChecks(runs: readonly Row<typeof checkRunsShape>[]): Check[] {
  return runs.map(({ name, conclusion, html_url, output }) => ({
    name,
    state: failing.includes(conclusion ?? '') ? 'failed' : passing.includes(conclusion ?? '') ? 'passed' : 'pending',
    ...details(html_url, [output?.title, output?.summary]),
  }));
}

const statusStates = { error: 'failed', failure: 'failed', pending: 'pending', success: 'passed' } as const;

export function statusChecks(statuses: readonly Row<typeof statusShape>[]): Check[] {
  return statuses.map(({ context, state, description, target_url }) => ({
    name: context,
    state: statusStates[state],
    ...details(target_url, [description]),
  }));
}
