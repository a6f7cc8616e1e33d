/** The page of one work item: its content, its discussion and history, and the forms to change it. */
import { html, raw } from 'hono/html';
import { latest } from '../items/comments.ts';
import { tagsOf } from '../items/field-values.ts';
import { current } from '../items/item-store.ts';
import { renderMarkdown } from '../items/markdown.ts';
import type { Comment, FieldValue, Person, Revision, TextFormat, WorkItem } from '../model.ts';
import { findField } from '../process/fields.ts';
import { transitionsOf, typeNamed } from '../process/rules.ts';
import type { Tenant } from '../tenant.ts';
import { areaOptions, categoryOf, type Markup, timeMarkup } from './layout.ts';

const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', nbsp: ' ' };

/** The plain text of untrusted rich text. */
function plainText(source: string): string {
  return source
    .replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, '')
    .replace(/<br\s*\/?>|<\/(p|div|li|h[1-6]|tr)>/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&(?:#(\d{1,7})|(\w+));/g, (whole, code, name) =>
      code ? String.fromCodePoint(Math.min(Number(code), 0x10ffff)) : (entities[name] ?? whole),
    )
    .trim();
}

function prose(text: string, format: TextFormat): Markup {
  if (format === 'markdown') return html`<div class="prose">${raw(renderMarkdown(text))}</div>`;
  return html`<div class="prose plain-text">${plainText(text)}</div>`;
}

/** The fields whose changes are shown. */
const shownInHistory = [
  'System.State',
  'System.Title',
  'System.WorkItemType',
  'System.AssignedTo',
  'System.Tags',
  'System.AreaPath',
];

const words = (value: FieldValue | undefined) => (typeof value === 'object' ? value.name : String(value ?? 'none'));

/** Short descriptions of what a revision changed. */
function changesOf(revision: Revision, before: Revision | undefined): string[] {
  if (!before) return ['created'];
  const names = shownInHistory.filter((name) => words(revision.fields[name]) !== words(before.fields[name]));
  const changes = names.map((name) => {
    const label = findField(name)?.name ?? name;
    return `${label}: ${words(before.fields[name])} → ${words(revision.fields[name])}`;
  });
  const isLong = (name: string) => findField(name)?.type === 'html';
  const long = Object.keys({ ...before.fields, ...revision.fields }).filter(
    (name) => isLong(name) && revision.fields[name] !== before.fields[name],
  );
  changes.push(...long.map((name) => `${findField(name)?.name ?? name} edited`));
  if (revision.commentVersion) changes.push(revision.commentVersion.version === 1 ? 'commented' : 'changed a comment');
  const links = revision.relations.length - before.relations.length;
  if (links !== 0) changes.push(links > 0 ? 'link added' : 'link removed');
  return changes;
}

function history(item: WorkItem): Markup {
  const rows = item.revisions.map((revision, index) => {
    const who = words(revision.fields['System.ChangedBy']);
    const forged = who !== revision.authorizedBy.name ? html` (authorized as ${revision.authorizedBy.name})` : '';
    const changes = changesOf(revision, item.revisions[index - 1]);
    return html`<li><strong>${who}</strong>${forged} ${timeMarkup(revision.at)}<br>${changes.join('; ') || 'changed other fields'}</li>`;
  });
  return html`<section class="card" aria-label="History"><h2>History</h2><ol class="plain">${rows.toReversed()}</ol></section>`;
}

function commentMarkup(comment: Comment): Markup {
  const { text, format, version } = latest(comment);
  const [first] = comment.versions;
  return html`<article class="comment" aria-label="Comment by ${first.by.name}">
    <strong>${first.by.name}</strong> ${timeMarkup(first.at)}${version > 1 ? html` <span class="quiet">edited</span>` : ''}
    ${prose(text, format)}
  </article>`;
}

function moveForm(tenant: Tenant, item: WorkItem, acting: Person): Markup {
  const { fields, rev } = current(item);
  const state = String(fields['System.State']);
  const type = typeNamed(tenant, String(fields['System.WorkItemType']));
  const targets = transitionsOf(type)[state] ?? [];
  const buttons = targets.map(({ to }) =>
    to === state
      ? html`<button disabled>${to}</button>`
      : html`<button name="state" value="${to}" aria-label="Move to ${to}">${to}</button>`,
  );
  return html`<section class="card" aria-label="State">
    <h2>State</h2>
    <p class="state ${categoryOf(tenant, type.name, state)}">${state}</p>
    <form method="post" aria-label="Move as ${acting.name}">
      <input type="hidden" name="rev" value="${rev}">
      <p class="quiet">Move to, as ${acting.name}:</p>
      <div class="moves">${buttons}</div>
    </form>
  </section>`;
}

function descriptionMarkup(item: WorkItem): Markup {
  const { fields, formats, rev } = current(item);
  const description = String(fields['System.Description'] ?? '');
  const format = formats['System.Description'] ?? 'html';
  return html`<section class="card" aria-label="Description">
    <h2>Description</h2>
    ${description ? prose(description, format) : html`<p class="quiet">No description yet.</p>`}
    <details>
      <summary>Edit</summary>
      <form class="stack" method="post">
        <input type="hidden" name="rev" value="${rev}">
        <label for="description">Description (${format === 'markdown' || !description ? 'Markdown' : 'HTML'})</label>
        <textarea id="description" name="description" rows="10">${description}</textarea>
        <button>Save description</button>
      </form>
    </details>
  </section>`;
}

function detailsForm(tenant: Tenant, item: WorkItem): Markup {
  const { fields, rev } = current(item);
  const area = String(fields['System.AreaPath']);
  return html`<section class="card" aria-label="Details">
    <h2>Details</h2>
    <form class="stack" method="post">
      <input type="hidden" name="rev" value="${rev}">
      <label for="tags">Tags, separated by semicolons</label>
      <input id="tags" name="tags" value="${String(fields['System.Tags'] ?? '')}">
      <label for="area">Area</label>
      <select id="area" name="area">${areaOptions(tenant, String(fields['System.TeamProject']), area)}</select>
      <button>Save details</button>
    </form>
  </section>`;
}

function linksMarkup(item: WorkItem): Markup | '' {
  const { relations } = current(item);
  if (relations.length === 0) return '';
  const rows = relations.map(({ rel, url, attributes }) => {
    const label = String(attributes.name ?? attributes.comment ?? rel);
    const isWeb = /^https?:\/\//.test(url);
    return html`<li><span class="quiet">${label}</span><br>${isWeb ? html`<a href="${url}" rel="noreferrer">${url}</a>` : url}</li>`;
  });
  return html`<section class="card" aria-label="Links"><h2>Links</h2><ul class="plain prose">${rows}</ul></section>`;
}

/** `problem` is shown at the top if the last form was refused. */
export function itemContent(tenant: Tenant, item: WorkItem, acting: Person, problem?: string): Markup {
  const { fields } = current(item);
  const tags = tagsOf(fields['System.Tags']).map((tag) => html` <span class="tag">${tag}</span>`);
  const comments = item.comments.filter((comment) => !latest(comment).isDeleted).map(commentMarkup);
  return html`${problem ? html`<p class="card notice" role="alert">${problem}</p>` : ''}
    <h1><span class="quiet">${String(fields['System.WorkItemType'])} ${item.id}</span><br>${String(fields['System.Title'])} ${tags}</h1>
    <div class="item">
      <div>
        ${descriptionMarkup(item)}
        <section class="card" aria-label="Discussion">
          <h2>Discussion</h2>
          <form class="stack" method="post">
            <label for="comment">Comment as ${acting.name} (Markdown)</label>
            <textarea id="comment" name="comment" required></textarea>
            <button class="primary">Add comment</button>
          </form>
          ${comments.toReversed()}
        </section>
      </div>
      <div>${moveForm(tenant, item, acting)}${detailsForm(tenant, item)}${linksMarkup(item)}${history(item)}</div>
    </div>`;
}
