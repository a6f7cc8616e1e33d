/** The emulator's pages as HTML: the repositories, a list of pull requests, and one pull request with its actions. */
import { html, raw } from 'hono/html';
import type { ChangedFile, Commit } from '../git-http/repository.ts';
import { isoTime } from './answers.ts';
import { type GitHubPerson, type Hosted, type PullRequest, reviewCommentsSeenBy, reviewsSeenBy } from './hosted.ts';
import { pageStyle } from './page-style.ts';
import { showPatch, showText } from './page-text.ts';

type Html = ReturnType<typeof html>;

export interface Visitor {
  role: string;
  roles: readonly string[];
  /** The page to return to after another person is chosen. */
  path: string;
}

const stateOf = (pull: PullRequest) =>
  pull.merged ? 'merged' : pull.state === 'open' && pull.draft ? 'draft' : pull.state;

const badge = (pull: PullRequest) => {
  const state = stateOf(pull);
  return html`<span class="state ${state}">${state[0]?.toUpperCase()}${state.slice(1)}</span>`;
};

const listPath = (hosted: Hosted) => `/${hosted.fullName}/pulls`;
const pullPath = (hosted: Hosted, { number }: PullRequest) => `/${hosted.fullName}/pull/${number}`;

/** The frame of every page, with the selection of the person. */
export function showPage(title: string, { role, roles, path }: Visitor, content: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${raw(pageStyle)}</style></head>
<body>
<header><a href="/">GitHub (emulated)</a>
<form method="post" action="/as"><input type="hidden" name="back" value="${path}">
<label for="role">You are</label>
<select id="role" name="role">${roles.map((each) => html`<option value="${each}" ${each === role ? 'selected' : ''}>${each}</option>`)}</select>
<button>Switch</button></form></header>
<main>${content}</main>
</body></html>`;
}

export function showRepositories(all: readonly Hosted[]): Html {
  return html`<h1>Repositories</h1>
<ul class="rows">${all.map((hosted) => html`<li><a href="${listPath(hosted)}">${hosted.fullName}</a></li>`)}</ul>`;
}

export function showPulls(hosted: Hosted, pulls: readonly PullRequest[]): Html {
  const row = (pull: PullRequest) => html`<li>${badge(pull)} <a href="${pullPath(hosted, pull)}">${pull.title}</a>
<span class="muted">#${pull.number} by ${pull.author}: <code>${pull.head}</code> into <code>${pull.base}</code></span></li>`;
  return html`<h1>Pull requests of ${hosted.fullName}</h1>
${pulls.length === 0 ? html`<p class="muted">There are no pull requests yet.</p>` : html`<ul class="rows">${pulls.map(row)}</ul>`}`;
}

export interface PullView {
  hosted: Hosted;
  pull: PullRequest;
  person: GitHubPerson | undefined;
  mergeable: boolean;
  commits: readonly Commit[];
  files: readonly ChangedFile[];
}

function showActions({ hosted, pull, person, mergeable }: PullView): Html {
  if (pull.merged) {
    return html`<p>Merged by <strong>${pull.merged.by}</strong> as <code>${pull.merged.sha}</code>, ${isoTime(pull.merged.at)}.</p>`;
  }
  if (pull.state === 'closed') return html`<p>Closed without a merge.</p>`;
  if (person?.contents !== 'write') return html`<p class="muted">You have read-only access.</p>`;
  const path = pullPath(hosted, pull);
  const ready = html`<form method="post" action="${path}/ready"><button class="main">Ready for review</button></form>`;
  const merge = html`<form method="post" action="${path}/merge">
<select name="method" aria-label="How to merge"><option value="merge">Create a merge commit</option>
<option value="squash">Squash and merge</option><option value="rebase">Rebase and merge</option></select>
<input type="hidden" name="sha" value="${pull.headSha}"><button class="main">Merge</button></form>`;
  return html`${mergeable ? '' : html`<p class="alert">This branch has conflicts with <code>${pull.base}</code>.</p>`}
<div class="actions">${pull.draft ? ready : mergeable ? merge : ''}
<form method="post" action="${path}/close"><button class="danger">Close</button></form></div>`;
}

function showConversation({ pull }: PullView): Html {
  const words = {
    APPROVED: 'approved',
    CHANGES_REQUESTED: 'requested changes',
    COMMENTED: 'reviewed',
    PENDING: 'is writing a review',
    DISMISSED: 'wrote a review that was dismissed',
  };
  const said = [
    ...pull.comments.map((each) => ({ ...each, what: 'commented' })),
    ...reviewsSeenBy(pull).map((each) => ({ ...each, what: words[each.state] })),
    ...reviewCommentsSeenBy(pull).map((each) => ({ ...each, what: `commented on ${each.path}:${each.line}` })),
  ].toSorted((a, b) => a.at - b.at || a.id - b.id);
  return html`${said.map(
    ({ author, what, at, body }) => html`<article class="card"><div class="head"><strong>${author}</strong> ${what}
<span class="muted">${isoTime(at)}</span></div>${body ? html`<div class="body">${showText(body)}</div>` : ''}</article>`,
  )}`;
}

function showForm({ hosted, pull, person }: PullView): Html {
  if (person?.pullRequests !== 'write') return html``;
  const path = pullPath(hosted, pull);
  return html`<h2><label for="body">Add a comment</label></h2>
<form method="post" action="${path}/comment"><textarea id="body" name="body"></textarea>
<div class="actions"><button>Comment</button>
<button formaction="${path}/approve">Approve</button>
<button formaction="${path}/request-changes" class="danger">Request changes</button></div></form>`;
}

export function showPull(view: PullView): Html {
  const { hosted, pull, commits, files } = view;
  return html`<p><a href="${listPath(hosted)}">${hosted.fullName}</a></p>
<h1>${pull.title} <span class="muted">#${pull.number}</span></h1>
<p>${badge(pull)} <strong>${pull.author}</strong> wants to merge <code>${pull.head}</code> into <code>${pull.base}</code></p>
${showActions(view)}
<section class="card"><div class="head">Description</div><div class="body">${pull.body ? showText(pull.body) : html`<p class="muted">No description.</p>`}</div></section>
${showConversation(view)}
${showForm(view)}
<h2>Commits (${commits.length})</h2>
<ul class="rows">${commits.map(
    ({ sha, message, author }) =>
      html`<li><code>${sha.slice(0, 8)}</code> ${message.split('\n')[0]} <span class="muted">${author.name}</span></li>`,
  )}</ul>
<h2>Changed files (${files.length})</h2>
${files.map(
  ({ path, additions, deletions, patch }) => html`<section class="card"><div class="head"><code>${path}</code>
<span class="muted">+${additions} −${deletions}</span></div>${showPatch(patch)}</section>`,
)}`;
}
