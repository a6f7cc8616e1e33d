/** The frame of every page: header, acting person, and navigation. */
import { html } from 'hono/html';
import type { Person } from '../model.ts';
import type { CodeRepository, PullRequest } from '../pulls/pull-model.ts';
import type { Tenant } from '../tenant.ts';

export type Markup = ReturnType<typeof html>;

interface Frame {
  title: string;
  tenant?: Tenant;
  acting?: Person;
  /** The path of the page, to return to after the acting person is changed. */
  path: string;
  content: Markup;
}

export function boardPath(organization: string, project: string): string {
  return `/${encodeURIComponent(organization)}/${encodeURIComponent(project)}/_boards`;
}

export function itemPath(organization: string, project: string, id: number): string {
  return `/${encodeURIComponent(organization)}/${encodeURIComponent(project)}/_workitems/edit/${id}`;
}

/** The path of a repository's pull requests. */
export function pullsPath(organization: string, { project, name }: CodeRepository): string {
  return `/${[organization, project.name, '_git', name].map(encodeURIComponent).join('/')}/pullrequests`;
}

/** The path of a pull request. */
export function pullPath(organization: string, { repository, id }: PullRequest): string {
  return `${pullsPath(organization, repository).replace(/s$/, '')}/${id}`;
}

/** `2026-01-02T10:00:03.120Z` -> a readable time element. */
export function timeMarkup(iso: string): Markup {
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC</time>`;
}

/** The CSS class for the colour of a state's category. */
export function categoryOf(tenant: Tenant, type: string, state: string): string {
  const found = tenant.types.find(({ name }) => name === type) ?? tenant.types[0];
  return `category-${found?.states.find(({ name }) => name === state)?.category.toLowerCase() ?? 'proposed'}`;
}

/** The areas of a project as choices. */
export function areaOptions({ nodes }: Tenant, project: string, chosen = project): Markup[] {
  return nodes
    .under('area', project)
    .map(({ path }) => html`<option ${path === chosen ? 'selected' : ''}>${path}</option>`);
}

function actingForm(tenant: Tenant, acting: Person, path: string): Markup {
  const choices = tenant.people.map(
    ({ mail, name, role }) =>
      html`<option value="${mail}" ${mail === acting.mail ? 'selected' : ''}>${name} (${role})</option>`,
  );
  return html`<form class="acting" method="post" action="/${encodeURIComponent(tenant.organization)}/_acting">
    <input type="hidden" name="back" value="${path}">
    <label for="person">Acting as</label>
    <select id="person" name="person">${choices}</select>
    <button>Switch</button>
  </form>`;
}

/** A whole page. */
export function page({ title, tenant, acting, path, content }: Frame): Markup {
  const project = tenant?.projects[0].name ?? '';
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="/_style.css">
<link rel="icon" href="data:,">
</head>
<body>
<header>
  <nav aria-label="Where you are">
    <a href="/">Boards</a>
    ${tenant ? html`<span aria-hidden="true">/</span> <a href="${boardPath(tenant.organization, project)}">${tenant.organization}</a>` : ''}
  </nav>
  ${tenant && acting ? actingForm(tenant, acting, path) : ''}
</header>
<main>${content}</main>
</body>
</html>`;
}
