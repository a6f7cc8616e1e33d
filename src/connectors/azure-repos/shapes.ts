/** The answers of Azure Repos that we read, as far as we read them, and what they are in our words. */
import { z } from 'zod';
import { known } from '../../base/known.ts';
import type { Check, PullRequest, ReviewNote } from '../../work-items/code-host.ts';
import { moment } from '../http/outside.ts';

const identity = z.object({ id: z.string().min(1), uniqueName: z.string().default('') });
export type Identity = z.output<typeof identity>;

const commit = z.object({ commitId: z.string() });

export const pullShape = z.object({
  pullRequestId: z.int(),
  repository: z.object({ project: z.object({ id: z.string() }) }),
  status: z.enum(['active', 'completed', 'abandoned']),
  isDraft: z.boolean().default(false),
  sourceRefName: z.string(),
  targetRefName: z.string(),
  lastMergeSourceCommit: commit,
  lastMergeCommit: commit.nullish(),
  createdBy: identity,
  closedBy: identity.nullish(),
  closedDate: moment.nullish(),
  artifactId: z.string().nullish(),
});
export type Pull = z.output<typeof pullShape>;

/** A row of a list, which lacks some of what the answer to one pull request says. */
export const rowsShape = z.object({
  value: z.array(
    z.object({
      pullRequestId: z.int(),
      sourceRefName: z.string(),
      targetRefName: z.string(),
      /** Only where the source branch is another repository's. */
      forkSource: z.unknown().optional(),
    }),
  ),
});

/** The number of the newest pull request from this ref of the repository's own to that one. */
export function newestBetween(
  rows: z.output<typeof rowsShape>['value'],
  source: string,
  target: string,
): number | undefined {
  const ours = rows.filter((row) => row.sourceRefName === source && row.targetRefName === target && !row.forkSource);
  return ours.length === 0 ? undefined : Math.max(...ours.map((row) => row.pullRequestId));
}

export const reviewersShape = z.object({ value: z.array(identity) });

const property = z.object({ $value: z.unknown() });

export const threadsShape = z.object({
  value: z.array(
    z.object({
      id: z.int(),
      isDeleted: z.boolean().default(false),
      publishedDate: moment,
      threadContext: z
        .object({ filePath: z.string().nullish(), rightFileStart: z.object({ line: z.int() }).nullish() })
        .nullish(),
      comments: z.array(
        z.object({
          id: z.int(),
          author: identity,
          content: z.string().nullish(),
          publishedDate: moment,
          commentType: z.string(),
          isDeleted: z.boolean().default(false),
        }),
      ),
      properties: z.record(z.string(), property).nullish(),
      identities: z.record(z.string(), identity).nullish(),
    }),
  ),
});
type Thread = z.output<typeof threadsShape>['value'][number];

export const statusesShape = z.object({
  value: z.array(
    z.object({
      id: z.int(),
      state: z.string().default('notSet'),
      description: z.string().nullish(),
      context: z.object({ name: z.string().nullish(), genre: z.string().nullish() }),
      targetUrl: z.string().nullish(),
      /** The push that it is about. */
      iterationId: z.int().nullish(),
      creationDate: moment,
    }),
  ),
});

/** The pushes to a pull request's branch. */
export const iterationsShape = z.object({
  value: z.array(z.object({ id: z.int(), createdDate: moment, sourceRefCommit: commit.nullish() })),
});

export const headRef = (branch: string): string => `refs/heads/${branch}`;
const branchOf = (ref: string) => ref.replace(/^refs\/heads\//, '');

/** The name we call an account by: its sign-in name, in any case the same. */
export const nameOf = ({ id, uniqueName }: Identity): string => uniqueName.toLowerCase() || id;

/**
 * Merged is what was completed: before that the last merge commit is only a trial. `me` is told by its id, so that our
 * own account is known as such whatever sign-in name an answer gives it.
 */
export function pullRequestOf(pull: Pull, url: string, me: Identity | undefined): PullRequest {
  const { status, lastMergeCommit, createdBy, closedBy, closedDate, artifactId } = pull;
  const isMerged = status === 'completed' && Boolean(lastMergeCommit);
  const ownNameOf = (who: Identity) => nameOf(me?.id === who.id ? me : who);
  return known({
    number: pull.pullRequestId,
    url,
    artifact: artifactId || undefined,
    openedBy: ownNameOf(createdBy),
    state: isMerged ? 'merged' : status === 'active' ? 'open' : 'closed',
    draft: pull.isDraft,
    branch: branchOf(pull.sourceRefName),
    headSha: pull.lastMergeSourceCommit.commitId,
    base: branchOf(pull.targetRefName),
    mergedSha: isMerged ? lastMergeCommit?.commitId : undefined,
    mergedAt: (isMerged && closedDate) || undefined,
    mergedBy: isMerged && closedBy ? ownNameOf(closedBy) : undefined,
  });
}

const voteKinds: Readonly<Record<string, ReviewNote['kind']>> = {
  '10': 'approved',
  '5': 'approved',
  '-5': 'changes-requested',
  '-10': 'changes-requested',
};

/** A vote as the system tells it; reviewers alone have no time. */
function voteNotes(thread: Thread, reviewers: ReadonlySet<string>): ReviewNote[] {
  const value = (name: string) => String(thread.properties?.[name]?.$value ?? '');
  const kind = voteKinds[value('CodeReviewVoteResult')];
  const by = thread.identities?.[value('CodeReviewVotedByIdentity')];
  if (value('CodeReviewThreadType') !== 'VoteUpdate' || !kind || !by) return [];
  const at = thread.publishedDate;
  return [{ id: `vote-${thread.id}`, by: nameOf(by), maySteer: reviewers.has(by.id), kind, text: '', at }];
}

function commentNotes({ id, comments, threadContext }: Thread, reviewers: ReadonlySet<string>): ReviewNote[] {
  const { filePath, rightFileStart } = threadContext ?? {};
  const place = filePath ? `${filePath.replace(/^\//, '')}${rightFileStart ? `:${rightFileStart.line}` : ''}: ` : '';
  return comments
    .filter(({ commentType, isDeleted, content }) => commentType === 'text' && !isDeleted && content)
    .map(({ id: commentId, author, content, publishedDate }) => ({
      id: `comment-${id}-${commentId}`,
      by: nameOf(author),
      maySteer: reviewers.has(author.id),
      kind: 'comment',
      text: `${place}${content}`,
      at: publishedDate,
    }));
}

/**
 * What people said and voted, oldest first. May steer who is among the reviewers, which voting makes one: both take the
 * right to contribute to pull requests, and a plain comment shows no right at all.
 */
export function notesOf(threads: readonly Thread[], reviewers: readonly Identity[]): ReviewNote[] {
  const ids = new Set(reviewers.map(({ id }) => id));
  return threads
    .filter(({ isDeleted }) => !isDeleted)
    .flatMap((thread) => [...voteNotes(thread, ids), ...commentNotes(thread, ids)])
    .sort((a, b) => a.at - b.at);
}

const checkStates: Readonly<Record<string, Check['state']>> = {
  succeeded: 'passed',
  notApplicable: 'passed',
  failed: 'failed',
  error: 'failed',
};

type Iteration = z.output<typeof iterationsShape>['value'][number];

/** The newest push. */
export const newestOf = (iterations: readonly Iteration[]): Iteration | undefined =>
  iterations.toSorted((a, b) => a.id - b.id).at(-1);

/** The newest status of each name that is about this push, the newest one, or was set after it. */
export function checksOf(statuses: z.output<typeof statusesShape>['value'], newest: Iteration): Check[] {
  const checks = new Map<string, Check>();
  for (const { state, description, context, targetUrl, iterationId, creationDate } of statuses.toSorted(
    (a, b) => a.id - b.id,
  )) {
    if (iterationId ? iterationId !== newest.id : creationDate < newest.createdDate) continue;
    const name = [context.genre, context.name].filter(Boolean).join('/');
    const details = known({ url: targetUrl || undefined, summary: description || undefined });
    checks.set(name, { name, state: checkStates[state] ?? 'pending', ...details });
  }
  return [...checks.values()];
}
