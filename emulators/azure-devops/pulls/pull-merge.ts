/** Merges pull requests with git: a trial merge without a branch while it is active, the real merge when people complete it. */
import { git } from '../../git-http/git.ts';
import { mergeCommits } from '../../git-http/merge.ts';
import type { Signature } from '../../git-http/repository.ts';
import { ApiError } from '../api/errors.ts';
import { updateItem } from '../items/change.ts';
import { current } from '../items/item-store.ts';
import { readPatch } from '../items/patch.ts';
import type { Person, WorkItem } from '../model.ts';
import { typeNamed } from '../process/rules.ts';
import type { Tenant } from '../tenant.ts';
import { refusalOf } from './code-repository.ts';
import type { Completion, PullRequest, ReviewerPolicy } from './pull-model.ts';

type Merged = { sha: string } | { conflicts: string[] };

/** The url with which work items link to a pull request. */
export function artifactOf({ id, repository }: PullRequest): string {
  return `vstfs:///Git/PullRequestId/${repository.project.id}%2f${repository.id}%2f${id}`;
}

/** The work items that link to a pull request; clients write the escapes in the link in upper or lower case. */
export function workItemsOf(tenant: Tenant, pull: PullRequest): WorkItem[] {
  const artifact = artifactOf(pull).toLowerCase();
  return tenant
    .items()
    .filter((item) =>
      current(item).relations.some(({ rel, url }) => rel === 'ArtifactLink' && url.toLowerCase() === artifact),
    );
}

/** Links a work item to the pull request, unless it is linked already. */
export function linkWorkItem(tenant: Tenant, item: WorkItem, pull: PullRequest, by: Person): void {
  if (workItemsOf(tenant, pull).includes(item)) return;
  const value = { rel: 'ArtifactLink', url: artifactOf(pull), attributes: { name: 'Pull Request' } };
  updateItem(tenant, item.id, readPatch([{ op: 'add', path: '/relations/-', value }]), { by });
}

/** A real commit without a branch. Its date comes from the history, so its sha stays the same as long as both sides do. */
async function trialMerge({ id, repository, source, target, sourceSha, targetSha }: PullRequest): Promise<Merged> {
  const at = (await repository.git.commit(sourceSha))?.committer.at ?? 0;
  const who: Signature = { name: 'Azure DevOps', email: 'noreply@example.com', at };
  const message = `Merge pull request ${id} from ${source} into ${target}`;
  const merge = { method: 'merge', base: targetSha, head: sourceSha, message, author: who, committer: who } as const;
  return mergeCommits(repository.git, merge);
}

const methodOf = { noFastForward: 'merge', squash: 'squash', rebase: 'rebase', rebaseMerge: 'rebase' } as const;

async function realMerge(pull: PullRequest, { by, at, strategy, message }: Completion): Promise<Merged> {
  const { repository, id, title, sourceSha, targetSha } = pull;
  const who: Signature = { name: by.name, email: by.mail, at: Date.parse(at) };
  const merge = {
    base: targetSha,
    head: sourceSha,
    message: message ?? `Merged PR ${id}: ${title}`,
    author: who,
    committer: who,
  };
  const merged = await mergeCommits(repository.git, { ...merge, method: methodOf[strategy] });
  if (strategy !== 'rebaseMerge' || 'conflicts' in merged) return merged;
  const tree = (await repository.git.commit(merged.sha))?.tree ?? '';
  return { sha: await repository.git.writeCommit({ ...merge, tree, parents: [targetSha, merged.sha] }) };
}

/** Moves a work item to its type's first completed state; if that is not allowed, nothing happens. */
function transition(tenant: Tenant, item: WorkItem, by: Person): void {
  const type = typeNamed(tenant, String(current(item).fields['System.WorkItemType']));
  const state = type.states.find(({ category }) => category === 'Completed')?.name;
  try {
    updateItem(tenant, item.id, readPatch([{ op: 'add', path: '/fields/System.State', value: state }]), { by });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

/** The policies about reviewers that hold for the target of a pull request. */
export function policiesOf({ repository, target }: PullRequest): ReviewerPolicy[] {
  return repository.requiredReviewers.filter(({ branch }) => branch === undefined || branch === target);
}

/** Each reviewer must approve; for a group, one of its members. */
export function statusOf({ reviewers }: PullRequest, policy: ReviewerPolicy): 'approved' | 'rejected' | 'queued' {
  const votes = policy.reviewers.map(({ id, members = [] }) =>
    reviewers.filter(({ person }) => person.id === id || members.includes(person)).map(({ vote }) => vote),
  );
  if (votes.flat().some((vote) => vote < 0)) return 'rejected';
  return votes.every((own) => own.some((vote) => vote > 0)) ? 'approved' : 'queued';
}

async function finish(tenant: Tenant, pull: PullRequest, completion: Completion): Promise<void> {
  const { repository, source, target, sourceSha, targetSha } = pull;
  const { by } = completion;
  const unmet = policiesOf(pull).some((policy) => policy.isBlocking && statusOf(pull, policy) !== 'approved');
  const words = unmet
    ? 'TF402455: A required reviewer has not approved the pull request.'
    : refusalOf(repository, 'completion', target);
  if (words) return fail(pull, 'rejectedByPolicy', words);
  const merged = await realMerge(pull, completion);
  if ('conflicts' in merged) return fail(pull, 'conflicts', `Conflicts prevented the merge: ${merged.conflicts}`);
  if (!(await repository.git.moveBranch(target, targetSha, merged.sha))) return fail(pull, 'queued', '');
  Object.assign(pull, { status: 'completed', mergeStatus: 'succeeded', mergeSha: merged.sha, closedBy: by });
  pull.closedAt = tenant.nextTime();
  if (completion.deleteSourceBranch) await repository.git.moveBranch(source, sourceSha, undefined);
  if (completion.transitionWorkItems) for (const item of workItemsOf(tenant, pull)) transition(tenant, item, by);
}

function fail(pull: PullRequest, mergeStatus: NonNullable<PullRequest['mergeStatus']>, words: string): void {
  delete pull.completion;
  Object.assign(pull, { mergeStatus, ...(words ? { mergeFailure: words } : {}) });
}

/** Executes the queued merge: the real one if a person completed it, otherwise the trial. */
export async function attemptMerge(tenant: Tenant, pull: PullRequest): Promise<void> {
  if (pull.completion) return finish(tenant, pull, pull.completion);
  const merged = await trialMerge(pull);
  if ('conflicts' in merged) return fail(pull, 'conflicts', `Conflicts in ${merged.conflicts.join(', ')}`);
  // Keeps the source's commits after the branch is deleted, and makes the trial merge fetchable.
  await git(pull.repository.git.directory, ['update-ref', `refs/pull/${pull.id}/merge`, merged.sha]);
  Object.assign(pull, { mergeStatus: 'succeeded', mergeSha: merged.sha });
}
