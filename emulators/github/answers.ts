/** The JSON of GitHub's REST API, created from the emulator's state; fields that nobody reads are left out. */
import type { ChangedFile, Commit, Signature } from '../git-http/repository.ts';
import type {
  CheckRun,
  Comment,
  CommitStatus,
  GitHubPerson,
  Hosted,
  PullRequest,
  Review,
  ReviewComment,
  View,
} from './hosted.ts';
import { personByLogin, reviewCommentsSeenBy } from './hosted.ts';

/** ISO time without milliseconds, as GitHub writes it. */
export const isoTime = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

/** Ids are derived from the name, so that a person has the same id everywhere. */
function idOf(text: string): number {
  return [...text].reduce((sum, char) => (sum * 31 + (char.codePointAt(0) ?? 0)) % 2_147_483_647, 7);
}

export function toUser(login: string, origin: string) {
  return {
    login,
    id: idOf(login),
    node_id: `U_${idOf(login)}`,
    avatar_url: '',
    url: `${origin}/users/${login}`,
    html_url: `${origin}/${login}`,
    type: 'User',
    site_admin: false,
  };
}

const apiUrl = ({ origin, hosted }: View, path: string) => `${origin}/repos/${hosted.fullName}${path}`;

export function toRepository(view: View, person?: GitHubPerson) {
  const { origin, hosted, defaultBranch } = view;
  const { owner, repository } = hosted.tenant;
  const writes = person?.contents === 'write';
  return {
    id: hosted.id,
    node_id: `R_${hosted.id}`,
    name: repository,
    full_name: hosted.fullName,
    owner: { ...toUser(owner, origin), type: 'Organization' },
    private: true,
    html_url: `${origin}/${hosted.fullName}`,
    description: null,
    fork: false,
    url: apiUrl(view, ''),
    clone_url: `${origin}/${hosted.fullName}.git`,
    default_branch: defaultBranch,
    archived: false,
    disabled: false,
    visibility: 'private',
    allow_merge_commit: true,
    allow_squash_merge: true,
    allow_rebase_merge: true,
    ...(person && { permissions: { admin: false, maintain: false, push: writes, triage: writes, pull: true } }),
  };
}

function side(view: View, ref: string, sha: string) {
  const { owner } = view.hosted.tenant;
  return { label: `${owner}:${ref}`, ref, sha, user: toUser(owner, view.origin), repo: toRepository(view) };
}

function associationOf(hosted: Hosted, login: string) {
  return personByLogin(hosted, login)?.contents === 'write' ? 'COLLABORATOR' : 'NONE';
}

/** An entry of a list: it has `merged_at`, but not `merged`. */
export function toPullRow(view: View, pull: PullRequest, testMergeSha: string | null) {
  const { origin, hosted } = view;
  const url = apiUrl(view, `/pulls/${pull.number}`);
  const page = `${origin}/${hosted.fullName}/pull/${pull.number}`;
  return {
    id: pull.id,
    node_id: `PR_${pull.id}`,
    number: pull.number,
    url,
    html_url: page,
    diff_url: `${page}.diff`,
    issue_url: apiUrl(view, `/issues/${pull.number}`),
    comments_url: apiUrl(view, `/issues/${pull.number}/comments`),
    review_comments_url: `${url}/comments`,
    commits_url: `${url}/commits`,
    statuses_url: apiUrl(view, `/statuses/${pull.headSha}`),
    state: pull.state,
    locked: false,
    title: pull.title,
    body: pull.body === '' ? null : pull.body,
    user: toUser(pull.author, origin),
    author_association: associationOf(hosted, pull.author),
    labels: pull.labels.map(toLabel),
    milestone: null,
    assignee: null,
    assignees: [],
    requested_reviewers: pull.reviewers.map((login) => toUser(login, origin)),
    requested_teams: pull.teams.map((slug) => ({ id: idOf(slug), slug, name: slug })),
    draft: pull.draft,
    auto_merge: null,
    active_lock_reason: null,
    created_at: isoTime(pull.createdAt),
    updated_at: isoTime(pull.updatedAt),
    closed_at: pull.closedAt === undefined ? null : isoTime(pull.closedAt),
    merged_at: pull.merged ? isoTime(pull.merged.at) : null,
    merge_commit_sha: pull.merged?.sha ?? testMergeSha,
    head: side(view, pull.head, pull.headSha),
    base: side(view, pull.base, pull.baseSha),
  };
}

/** A complete pull request; `mergeable` is null while it is being computed. */
export function toPull(
  view: View,
  pull: PullRequest,
  found: { mergeable: boolean | null; testMergeSha: string | null; commits: Commit[]; files: ChangedFile[] },
) {
  const { mergeable, testMergeSha, commits, files } = found;
  const total = (count: (file: ChangedFile) => number) => files.reduce((sum, file) => sum + count(file), 0);
  const computed = mergeable === null ? 'unknown' : mergeable ? 'clean' : 'dirty';
  return {
    ...toPullRow(view, pull, testMergeSha),
    merged: pull.merged !== undefined,
    mergeable,
    rebaseable: mergeable,
    mergeable_state: pull.draft && mergeable ? 'draft' : computed,
    merged_by: pull.merged ? toUser(pull.merged.by, view.origin) : null,
    comments: pull.comments.length,
    review_comments: reviewCommentsSeenBy(pull).length,
    maintainer_can_modify: false,
    commits: commits.length,
    additions: total((file) => file.additions),
    deletions: total((file) => file.deletions),
    changed_files: files.length,
  };
}

export function toLabel(name: string) {
  return { id: idOf(name), node_id: `LA_${idOf(name)}`, name, color: 'ededed', default: false, description: null };
}

export function toComment(view: View, number: number, { id, author, body, at }: Comment) {
  return {
    id,
    node_id: `IC_${id}`,
    url: apiUrl(view, `/issues/comments/${id}`),
    html_url: `${view.origin}/${view.hosted.fullName}/pull/${number}#comment-${id}`,
    issue_url: apiUrl(view, `/issues/${number}`),
    user: toUser(author, view.origin),
    author_association: associationOf(view.hosted, author),
    body,
    created_at: isoTime(at),
    updated_at: isoTime(at),
  };
}

export function toReview(view: View, number: number, { id, author, body, at, state, sha }: Review) {
  return {
    id,
    node_id: `PRR_${id}`,
    user: toUser(author, view.origin),
    author_association: associationOf(view.hosted, author),
    body,
    state,
    commit_id: sha,
    ...(state === 'PENDING' ? {} : { submitted_at: isoTime(at) }),
    html_url: `${view.origin}/${view.hosted.fullName}/pull/${number}#review-${id}`,
    pull_request_url: apiUrl(view, `/pulls/${number}`),
  };
}

export function toReviewComment(view: View, number: number, comment: ReviewComment) {
  const { path, line, sha, reviewId } = comment;
  return {
    ...toComment(view, number, comment),
    url: apiUrl(view, `/pulls/comments/${comment.id}`),
    pull_request_review_id: reviewId,
    pull_request_url: apiUrl(view, `/pulls/${number}`),
    path,
    line,
    original_line: line,
    side: 'RIGHT',
    commit_id: sha,
    original_commit_id: sha,
  };
}

const toGitPerson = ({ name, email, at }: Signature) => ({ name, email, date: isoTime(at) });

export function toCommit(view: View, { sha, tree, parents, author, committer, message }: Commit) {
  return {
    sha,
    node_id: `C_${sha}`,
    url: apiUrl(view, `/commits/${sha}`),
    html_url: `${view.origin}/${view.hosted.fullName}/commit/${sha}`,
    commit: {
      message,
      author: toGitPerson(author),
      committer: toGitPerson(committer),
      tree: { sha: tree, url: apiUrl(view, `/git/trees/${tree}`) },
    },
    author: null,
    committer: null,
    parents: parents.map((parent) => ({ sha: parent, url: apiUrl(view, `/commits/${parent}`) })),
  };
}

/** The same commit in the form of the Git database endpoint. */
export function toGitCommit(view: View, commit: Commit) {
  const { sha, node_id, commit: inner, parents } = toCommit(view, commit);
  return { sha, node_id, url: apiUrl(view, `/git/commits/${sha}`), ...inner, parents };
}

export function toFile({ path, status, additions, deletions, patch }: ChangedFile) {
  const firstHunk = patch.indexOf('\n@@');
  const hunks = firstHunk < 0 ? {} : { patch: patch.slice(firstHunk + 1).trimEnd() };
  return { filename: path, status, additions, deletions, changes: additions + deletions, ...hunks };
}

export function toRef(view: View, branch: string, sha: string) {
  const ref = `refs/heads/${branch}`;
  const object = { type: 'commit', sha, url: apiUrl(view, `/git/commits/${sha}`) };
  return { ref, node_id: `REF_${idOf(ref)}`, url: apiUrl(view, `/git/${ref}`), object };
}

export function toStatus(view: View, { id, state, context, description, targetUrl, author, at }: CommitStatus) {
  const times = { created_at: isoTime(at), updated_at: isoTime(at) };
  return {
    id,
    node_id: `SC_${id}`,
    state,
    context,
    description,
    target_url: targetUrl,
    creator: toUser(author, view.origin),
    ...times,
  };
}

export function toCheckRun(view: View, sha: string, check: CheckRun & { id: number; at: number }) {
  const { id, name, status, conclusion = null, summary = null, at } = check;
  return {
    id,
    node_id: `CR_${id}`,
    name,
    head_sha: sha,
    status,
    conclusion,
    started_at: isoTime(at),
    completed_at: status === 'completed' ? isoTime(at) : null,
    url: apiUrl(view, `/check-runs/${id}`),
    html_url: `${view.origin}/${view.hosted.fullName}/runs/${id}`,
    output: { title: summary, summary, text: null, annotations_count: 0 },
    app: { id: 1, slug: 'checks', name: 'Checks' },
    pull_requests: [],
  };
}
