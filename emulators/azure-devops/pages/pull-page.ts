/** The pages for pull requests: the list of a repository, and one pull request with its changes, discussion and actions. */
import { html, raw } from 'hono/html';
import type { ChangedFile } from '../../git-http/repository.ts';
import { current } from '../items/item-store.ts';
import { renderMarkdown } from '../items/markdown.ts';
import type { Person, WorkItem } from '../model.ts';
import type { CodeRepository, PullRequest, Thread, Vote } from '../pulls/pull-model.ts';
import type { Tenant } from '../tenant.ts';
import { itemPath, type Markup, pullPath, timeMarkup } from './layout.ts';

const category = { active: 'inprogress', completed: 'completed', abandoned: 'removed' };
const titleCase = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
const stateOf = ({ isDraft, status }: PullRequest) => (isDraft && status === 'active' ? 'Draft' : titleCase(status));

const badge = (pull: PullRequest) =>
  html`<span class="state category-${category[pull.status]}">${stateOf(pull)}</span>`;

export function pullsContent(tenant: Tenant, repository: CodeRepository, pulls: readonly PullRequest[]): Markup {
  const rows = pulls.map(
    (pull) => html`<li class="card row">${badge(pull)}
      <a href="${pullPath(tenant.organization, pull)}"><strong>${pull.title}</strong></a>
      <span class="quiet">!${pull.id} by ${pull.createdBy.name}: ${pull.source} into ${pull.target}</span></li>`,
  );
  return html`<h1>Pull requests of ${repository.name}</h1>
    ${rows.length > 0 ? html`<ul class="plain">${rows}</ul>` : html`<p class="quiet">There are no pull requests yet.</p>`}`;
}

const votes: Record<Vote, string> = {
  10: 'Approve',
  5: 'Approve with suggestions',
  [-5]: 'Wait for author',
  [-10]: 'Reject',
  0: 'Reset vote',
};
const voteWords: Record<Vote, string> = {
  10: 'approved',
  5: 'approved with suggestions',
  [-5]: 'waiting for the author',
  [-10]: 'rejected',
  0: 'no vote',
};

function mergeWords({
  status,
  mergeStatus,
  mergeFailure,
  mergeSha,
  completion,
  closedBy,
  target,
}: PullRequest): Markup {
  if (status === 'completed')
    return html`<p>Completed by <strong>${closedBy?.name ?? ''}</strong> as <code>${mergeSha}</code>.</p>`;
  if (status === 'abandoned') return html`<p>Abandoned by ${closedBy?.name ?? ''}.</p>`;
  if (completion)
    return html`<p role="status">${completion.by.name} completed it; the merge is queued. <a href="">Refresh</a></p>`;
  if (mergeFailure) return html`<p class="notice" role="alert">${mergeFailure}</p>`;
  return html`<p class="quiet">${mergeStatus === 'succeeded' ? 'No merge conflicts' : 'Checking for merge conflicts'} with ${target}.</p>`;
}

const button = (action: string, label: string, isMain = false) =>
  html`<form method="post"><button name="action" value="${action}" class="${isMain ? 'primary' : ''}">${label}</button></form>`;

function completeForm({ sourceSha }: PullRequest): Markup {
  return html`<form class="stack" method="post" aria-label="Complete pull request">
    <input type="hidden" name="seen" value="${sourceSha}">
    <label for="strategy">Merge type</label>
    <select id="strategy" name="strategy">
      <option value="noFastForward">Merge (no fast forward)</option>
      <option value="squash">Squash commit</option>
      <option value="rebase">Rebase and fast-forward</option>
      <option value="rebaseMerge">Semi-linear merge</option>
    </select>
    <label><input type="checkbox" name="transition" value="on"> Complete linked work items</label>
    <label><input type="checkbox" name="deleteSource" value="on"> Delete the source branch</label>
    <button name="action" value="complete" class="primary">Complete</button>
  </form>`;
}

function actions(pull: PullRequest, acting: Person): Markup {
  if (acting.code === 'read') return html`<p class="quiet">${acting.name} has read-only access.</p>`;
  if (pull.status === 'completed') return html``;
  if (pull.status === 'abandoned') return button('reactivate', 'Reactivate');
  const voting = ([10, 5, -5, -10, 0] as const).map(
    (vote) => html`<button name="vote" value="${vote}">${votes[vote]}</button>`,
  );
  return html`<form method="post" class="moves" aria-label="Vote as ${acting.name}">${voting}</form>
    ${pull.isDraft ? button('publish', 'Publish', true) : completeForm(pull)}
    ${button('abandon', 'Abandon')}`;
}

function threadMarkup(thread: Thread): Markup {
  const comments = thread.comments.map(
    ({ by, at, text }) =>
      html`${by ? html`<strong>${by.name}</strong> ` : ''}${timeMarkup(at)}<div class="prose">${raw(renderMarkdown(text))}</div>`,
  );
  return html`<article class="comment">${comments}</article>`;
}

function fileMarkup({ path, additions, deletions, patch }: ChangedFile): Markup {
  const lines = patch
    .split('\n')
    .filter((line) => !/^(diff --git|index |--- |\+\+\+ )/.test(line))
    .map((line) => {
      if (line.startsWith('+')) return html`<ins>${line}</ins>`;
      return line.startsWith('-') ? html`<del>${line}</del>` : html`${line}\n`;
    });
  return html`<section class="card" aria-label="${path}"><strong>${path}</strong>
    <span class="quiet">+${additions} −${deletions}</span><pre class="diff">${lines}</pre></section>`;
}

export interface PullView {
  tenant: Tenant;
  pull: PullRequest;
  acting: Person;
  files: readonly ChangedFile[];
  items: readonly WorkItem[];
  /** Shown at the top if the last form was refused. */
  problem?: string | undefined;
}

export function pullContent({ tenant, pull, acting, files, items, problem }: PullView): Markup {
  const linked = items.map((item) => {
    const { fields } = current(item);
    const path = itemPath(tenant.organization, String(fields['System.TeamProject']), item.id);
    return html`<li><a href="${path}">${item.id} ${String(fields['System.Title'])}</a> <span class="quiet">${String(fields['System.State'])}</span></li>`;
  });
  const reviewers = pull.reviewers.map(
    ({ person, vote }) => html`<li>${person.name} <span class="quiet">${voteWords[vote]}</span></li>`,
  );
  return html`${problem ? html`<p class="card notice" role="alert">${problem}</p>` : ''}
    <h1><span class="quiet">!${pull.id}</span> ${pull.title}</h1>
    <p>${badge(pull)} <span class="quiet">${pull.createdBy.name}: ${pull.source} into ${pull.target}</span></p>
    <div class="item">
      <div>
        <section class="card prose" aria-label="Description"><h2>Description</h2>
          ${pull.description ? raw(renderMarkdown(pull.description)) : html`<p class="quiet">No description.</p>`}</section>
        ${files.map(fileMarkup)}
        <section class="card" aria-label="Discussion"><h2>Discussion</h2>
          <form class="stack" method="post"><label for="comment">Comment as ${acting.name} (Markdown)</label>
            <textarea id="comment" name="comment" required></textarea><button class="primary">Add comment</button></form>
          ${pull.threads.map(threadMarkup).toReversed()}</section>
      </div>
      <div>
        <section class="card" aria-label="Status"><h2>Status</h2>${mergeWords(pull)}${actions(pull, acting)}</section>
        <section class="card" aria-label="Reviewers"><h2>Reviewers</h2><ul class="plain">${reviewers}</ul></section>
        <section class="card" aria-label="Work items"><h2>Work items</h2><ul class="plain">${linked}</ul></section>
      </div>
    </div>`;
}
