/** The board: a column for every state, a tile for every work item, and a form to file a new one. */
import { html } from 'hono/html';
import { tagsOf } from '../items/field-values.ts';
import { current } from '../items/item-store.ts';
import type { Project, WorkItem } from '../model.ts';
import type { Tenant } from '../tenant.ts';
import { areaOptions, categoryOf, itemPath, type Markup } from './layout.ts';

function tile(tenant: Tenant, project: Project, item: WorkItem): Markup {
  const { fields } = current(item);
  const type = String(fields['System.WorkItemType']);
  const assigned = fields['System.AssignedTo'];
  const tags = tagsOf(fields['System.Tags']).map((tag) => html` <span class="tag">${tag}</span>`);
  return html`<li>
    <a class="tile ${categoryOf(tenant, type, String(fields['System.State']))}" href="${itemPath(tenant.organization, project.name, item.id)}">
      <span class="quiet">${type} ${item.id}</span>
      <strong>${String(fields['System.Title'])}</strong>
      ${typeof assigned === 'object' ? html`<span class="quiet">${assigned.name}</span>` : ''}${tags}
    </a>
  </li>`;
}

/** The states of the first type, and those of other types that hold a work item. */
function columnsOf(tenant: Tenant, items: readonly WorkItem[]): { name: string; type: string }[] {
  const [first] = tenant.types;
  const used = new Set(items.map((item) => current(item).fields['System.State']));
  const columns = new Map<string, string>();
  for (const type of tenant.types)
    for (const { name } of type.states)
      if (!columns.has(name) && (type === first || used.has(name))) columns.set(name, type.name);
  return [...columns].map(([name, type]) => ({ name, type }));
}

function newItemForm(tenant: Tenant, project: Project): Markup {
  const types = tenant.types.map(({ name }) => html`<option>${name}</option>`);
  return html`<details class="card">
    <summary>New work item</summary>
    <form class="stack" method="post">
      <label for="type">Type</label><select id="type" name="type">${types}</select>
      <label for="title">Title</label><input id="title" name="title" required maxlength="255">
      <label for="description">Description (Markdown)</label><textarea id="description" name="description"></textarea>
      <label for="area">Area</label><select id="area" name="area">${areaOptions(tenant, project.name)}</select>
      <label for="tags">Tags, separated by semicolons</label><input id="tags" name="tags">
      <button class="primary">Create</button>
    </form>
  </details>`;
}

export function boardContent(tenant: Tenant, project: Project): Markup {
  const items = tenant.items().filter((item) => current(item).fields['System.TeamProject'] === project.name);
  const columns = columnsOf(tenant, items).map(({ name, type }) => {
    const inside = items.filter((item) => current(item).fields['System.State'] === name);
    return html`<section class="column ${categoryOf(tenant, type, name)}" aria-label="${name}">
      <h2>${name} <span class="quiet">${inside.length}</span></h2>
      <ul>${inside.map((item) => tile(tenant, project, item))}</ul>
    </section>`;
  });
  return html`<h1>${project.name}</h1>
    <div class="board" role="region" aria-label="Board" tabindex="0">${columns}</div>
    ${newItemForm(tenant, project)}`;
}
