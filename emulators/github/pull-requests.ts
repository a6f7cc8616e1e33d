/**
 * The operations on pull requests, used by both the API and the pages.
 *
 * Invariant: head and base of an open pull request are read from git; those of a closed one are from the time of its closing.
 */

import { git } from '../git-http/git.ts';
import { type MergeMethod, mergeCommits } from '../git-http/merge.ts';
import { type GitHubPerson, type Hosted, isProtectedFrom, type PullRequest, personByLogin } from './hosted.ts';
import { refuse, refuseCustom, refuseField } from './refuse.ts';

const forge = { name: 'GitHub', email: 'noreply@github.com' };

/** Updates an open pull request from its branches; a deleted head branch closes it. */
async function refresh({ git: repository, clock, tell }: Hosted, pull: PullRequest, branches: Map<string, string>) {
  if (pull.state === 'closed') return pull;
  const head = branches.get(pull.head);
  if (head === undefined) {
    Object.assign(pull, { state: 'closed', closedAt: clock.now(), updatedAt: clock.now() });
    tell({ event: 'pull_request', action: 'closed', by: pull.author, pull });
    return pull;
  }
  if (head !== pull.headSha) {
    // Keeps the commits after the branch is deleted, and makes `pull/N/head` fetchable.
    await git(repository.directory, ['update-ref', `refs/pull/${pull.number}/head`, head]);
    const action = pull.headSha === '' ? 'opened' : 'synchronize';
    Object.assign(pull, { headSha: head, updatedAt: clock.now() });
    tell({ event: 'pull_request', action, by: pull.author, pull });
  }
  pull.baseSha = branches.get(pull.base) ?? pull.baseSha;
  return pull;
}

/** All pull requests, newest first. */
export async function listPulls(hosted: Hosted): Promise<PullRequest[]> {
  const branches = await hosted.git.branches();
  for (const pull of hosted.pulls) await refresh(hosted, pull, branches);
  return hosted.pulls.toReversed();
}

export async function readPull(hosted: Hosted, number: number): Promise<PullRequest> {
  const pull = hosted.pulls.find((each) => each.number === number) ?? refuse(404, 'Not Found');
  return refresh(hosted, pull, await hosted.git.branches());
}

interface NewPull {
  title: string;
  body: string;
  head: string;
  base: string;
  draft: boolean;
}

export async function createPull(hosted: Hosted, by: GitHubPerson, wanted: NewPull): Promise<PullRequest> {
  const { owner } = hosted.tenant;
  const head = wanted.head.startsWith(`${owner}:`) ? wanted.head.slice(owner.length + 1) : wanted.head;
  const branches = await hosted.git.branches();
  const headSha = branches.get(head) ?? refuseField('PullRequest', 'head', 'invalid');
  const baseSha = branches.get(wanted.base) ?? refuseField('PullRequest', 'base', 'invalid');
  if (await hosted.git.isAncestor(headSha, baseSha)) {
    refuseCustom('PullRequest', `No commits between ${wanted.base} and ${head}`);
  }
  // No await from here until the push, so that of two concurrent requests only one is first.
  const isOpen = (each: PullRequest) => each.state === 'open' && each.head === head && each.base === wanted.base;
  if (hosted.pulls.some(isOpen)) refuseCustom('PullRequest', `A pull request already exists for ${owner}:${head}.`);
  const at = hosted.clock.now();
  const pull: PullRequest = {
    ...wanted,
    id: hosted.nextId(),
    number: hosted.pulls.length + 1,
    author: by.login,
    head,
    headSha: '',
    baseSha,
    state: 'open',
    createdAt: at,
    updatedAt: at,
    reviewers: [],
    teams: [],
    labels: [],
    reviews: [],
    comments: [],
    reviewComments: [],
  };
  hosted.pulls.push(pull);
  return refresh(hosted, pull, branches);
}

/** Changes title, body, base or state; `draft` cannot be changed here, as on GitHub. */
export async function updatePull(
  hosted: Hosted,
  pull: PullRequest,
  by: GitHubPerson,
  change: Partial<Pick<PullRequest, 'title' | 'body' | 'base' | 'state'>>,
): Promise<PullRequest> {
  const branches = await hosted.git.branches();
  if (change.base !== undefined && !branches.has(change.base)) refuseField('PullRequest', 'base', 'invalid');
  if (change.state === 'open' && pull.state === 'closed') {
    if (pull.merged || !branches.has(pull.head)) refuseField('PullRequest', 'state', 'invalid');
    delete pull.closedAt;
  }
  const at = hosted.clock.now();
  if (change.state === 'closed' && pull.state === 'open') pull.closedAt = at;
  const moved = change.state !== undefined && change.state !== pull.state;
  Object.assign(pull, change, { updatedAt: at });
  const action = !moved ? 'edited' : pull.state === 'open' ? 'reopened' : 'closed';
  hosted.tell({ event: 'pull_request', action, by: by.login, pull });
  return refresh(hosted, pull, branches);
}

export function makeReady(hosted: Hosted, pull: PullRequest, by: GitHubPerson): void {
  Object.assign(pull, { draft: false, updatedAt: hosted.clock.now() });
  hosted.tell({ event: 'pull_request', action: 'ready_for_review', by: by.login, pull });
}

/** The commit that a merge would create now, or undefined if there are conflicts. It is a real commit without a branch. */
export async function testMerge(hosted: Hosted, pull: PullRequest): Promise<string | undefined> {
  const { headSha: head, baseSha: base } = pull;
  // The date comes from the history, so the sha stays the same as long as both sides do.
  const at = (await hosted.git.commit(head))?.committer.at ?? 0;
  const message = `Merge ${head} into ${base}`;
  const who = { ...forge, at };
  const merged = await mergeCommits(hosted.git, { method: 'merge', base, head, message, author: who, committer: who });
  return 'sha' in merged ? merged.sha : undefined;
}

interface MergeRequest {
  method: MergeMethod;
  title?: string | undefined;
  message?: string | undefined;
  /** The head commit that the person has seen; a different one is refused. */
  sha?: string | undefined;
}

export async function mergePull(
  hosted: Hosted,
  pull: PullRequest,
  by: GitHubPerson,
  wanted: MergeRequest,
): Promise<string> {
  if (pull.state === 'closed') refuse(405, 'Pull Request is not mergeable');
  if (pull.draft) refuse(405, 'Pull Request is still a draft');
  if (isProtectedFrom(by, pull.base))
    refuse(405, `Repository rule violations found\n\nCannot update protected ref ${pull.base}.`);
  if (wanted.sha !== undefined && wanted.sha !== pull.headSha) {
    refuse(409, 'Head branch was modified. Review and try the merge again.');
  }
  const at = hosted.clock.now();
  const author = personByLogin(hosted, pull.author) ?? by;
  const [title, text] =
    wanted.method === 'merge'
      ? [`Merge pull request #${pull.number} from ${hosted.tenant.owner}/${pull.head}`, pull.title]
      : [`${pull.title} (#${pull.number})`, ''];
  const merged = await mergeCommits(hosted.git, {
    method: wanted.method,
    base: pull.baseSha,
    head: pull.headSha,
    message: [wanted.title ?? title, wanted.message ?? text].filter(Boolean).join('\n\n'),
    author:
      wanted.method === 'squash'
        ? { name: author.name, email: author.email, at }
        : { name: by.name, email: by.email, at },
    committer: { ...forge, at },
  });
  if ('conflicts' in merged) return refuse(405, 'Pull Request is not mergeable');
  if (!(await hosted.git.moveBranch(pull.base, pull.baseSha, merged.sha))) {
    refuse(409, 'Base branch was modified. Review and try the merge again.');
  }
  Object.assign(pull, { state: 'closed', closedAt: at, updatedAt: at, merged: { at, by: by.login, sha: merged.sha } });
  hosted.tell({ event: 'pull_request', action: 'closed', by: by.login, pull });
  return merged.sha;
}

export function addComment(hosted: Hosted, pull: PullRequest, by: GitHubPerson, body: string) {
  if (body.trim() === '') refuseField('IssueComment', 'body', 'missing_field');
  const comment = { id: hosted.nextId(), author: by.login, body, at: hosted.clock.now() };
  pull.comments.push(comment);
  pull.updatedAt = comment.at;
  hosted.tell({ event: 'issue_comment', action: 'created', by: by.login, pull, comment });
  return comment;
}
