/**
 * The web pages for people: boards, work items and pull requests, in plain HTML with forms.
 *
 * form -> the same change functions as the API, as the person in the cookie -> back to the page
 */
import { type Context, Hono } from 'hono';
import { csrf } from 'hono/csrf';
import { html } from 'hono/html';
import { HTTPException } from 'hono/http-exception';
import { ApiError, errors } from '../api/errors.ts';
import { createItem, updateItem } from '../items/change.ts';
import { addComment } from '../items/comments.ts';
import { current } from '../items/item-store.ts';
import { type Operation, readPatch } from '../items/patch.ts';
import type { WorkItem } from '../model.ts';
import type { Tenant } from '../tenant.ts';
import { boardContent } from './board-page.ts';
import { itemContent } from './item-page.ts';
import { boardPath, itemPath, type Markup, page, pullsPath } from './layout.ts';
import { type FindTenant, lineEndings, type Place, placeIn, rememberActing } from './place.ts';
import { createPullPages } from './pull-routes.ts';
import { style } from './style.ts';

interface PagesParts {
  tenants: readonly Tenant[];
  find: FindTenant;
}

const policy =
  "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/** The newest revision that differs from this one by comments only: a comment that comes meanwhile undoes nobody's form. */
function newestAlike(item: WorkItem, rev: number): number {
  const { revisions } = item;
  const state = revisions.find((one) => one.rev === rev)?.fields['System.State'];
  const later = revisions.filter((one) => one.rev > rev);
  const isSame = later.every(({ commentVersion, fields }) => commentVersion && fields['System.State'] === state);
  return isSame ? current(item).rev : rev;
}

/** The patch for a submitted form of the work item page. */
function operationsOf(item: WorkItem, form: Record<string, unknown>): Operation[] {
  const { fields, formats } = current(item);
  const patch: unknown[] = [{ op: 'test', path: '/rev', value: newestAlike(item, Number(form.rev)) }];
  if (typeof form.state === 'string') patch.push({ op: 'add', path: '/fields/System.State', value: form.state });
  if (typeof form.tags === 'string') patch.push({ op: 'replace', path: '/fields/System.Tags', value: form.tags });
  if (typeof form.area === 'string') patch.push({ op: 'add', path: '/fields/System.AreaPath', value: form.area });
  if (typeof form.description === 'string') {
    const value = lineEndings(form.description);
    patch.push({ op: 'add', path: '/fields/System.Description', value });
    if (formats['System.Description'] === 'markdown' || !fields['System.Description'])
      patch.push({ op: 'add', path: '/multilineFieldsFormat/System.Description', value: 'Markdown' });
  }
  return readPatch(patch);
}

function apply({ tenant, acting }: Place, item: WorkItem, form: Record<string, unknown>): void {
  if (typeof form.comment === 'string')
    addComment(tenant, item.id, { text: lineEndings(form.comment), format: 'markdown', by: acting });
  else updateItem(tenant, item.id, operationsOf(item, form), { by: acting });
}

function create({ tenant, project, acting }: Place, form: Record<string, unknown>): WorkItem {
  const field = (name: string, value: unknown) => ({
    op: 'add',
    path: `/fields/${name}`,
    value: lineEndings(String(value ?? '')),
  });
  const patch = [
    field('System.Title', form.title),
    field('System.Description', form.description),
    field('System.Tags', form.tags),
    field('System.AreaPath', form.area ?? project.name),
    { op: 'add', path: '/multilineFieldsFormat/System.Description', value: 'Markdown' },
  ];
  return createItem(tenant, project.name, String(form.type), readPatch(patch), { by: acting });
}

function itemIn({ tenant, project }: Place, c: Context): WorkItem {
  const item = tenant.item(Number(c.req.param('id')));
  if (current(item).fields['System.TeamProject'] !== project.name) throw errors.missingItem(item.id);
  return item;
}

function showItem(c: Context, { tenant, acting }: Place, item: WorkItem, problem?: ApiError) {
  const title = `${item.id} ${current(item).fields['System.Title']}`;
  const content = itemContent(tenant, item, acting, problem?.message);
  return c.html(page({ title, tenant, acting, path: c.req.path, content }), problem?.status ?? 200);
}

function repositoryLinks(tenant: Tenant, project: string): Markup[] {
  const here = tenant.repositories.filter((repository) => repository.project.name === project);
  return here.map(
    (repository) =>
      html`<br><a href="${pullsPath(tenant.organization, repository)}">Pull requests of ${repository.name}</a>`,
  );
}

function startContent(tenants: readonly Tenant[]): Markup {
  const rows = tenants.flatMap((tenant) =>
    tenant.projects.map(
      ({ name }) => html`<li class="card"><a href="${boardPath(tenant.organization, name)}"><strong>${name}</strong></a>
        <br><span class="quiet">organization ${tenant.organization}</span>${repositoryLinks(tenant, name)}</li>`,
    ),
  );
  return html`<h1>Boards</h1><ul class="plain">${rows}</ul>`;
}

export function createPages({ tenants, find }: PagesParts): Hono {
  const app = new Hono();
  app.use(csrf());
  app.use(async (c, next) => {
    await next();
    c.res.headers.set('content-security-policy', policy);
    c.res.headers.set('x-content-type-options', 'nosniff');
  });
  app.get('/_style.css', (c) => c.body(style, 200, { 'content-type': 'text/css; charset=utf-8' }));
  app.get('/', (c) => c.html(page({ title: 'Boards', path: '/', content: startContent(tenants) })));
  app.post('/:organization/_acting', (c) => rememberActing(c, find(c.req.param('organization'))));
  app.get('/:organization/:project/_boards/*', (c) => {
    const { tenant, project, acting } = placeIn(c, find);
    const content = boardContent(tenant, project);
    return c.html(page({ title: project.name, tenant, acting, path: c.req.path, content }));
  });
  app.post('/:organization/:project/_boards', async (c) => {
    const place = placeIn(c, find);
    const item = create(place, await c.req.parseBody());
    return c.redirect(itemPath(place.tenant.organization, place.project.name, item.id), 303);
  });
  app.get('/:organization/:project/_workitems/edit/:id', (c) => {
    const place = placeIn(c, find);
    return showItem(c, place, itemIn(place, c));
  });
  app.post('/:organization/:project/_workitems/edit/:id', async (c) => {
    const place = placeIn(c, find);
    const item = itemIn(place, c);
    try {
      apply(place, item, await c.req.parseBody());
    } catch (error) {
      if (error instanceof ApiError) return showItem(c, place, item, error);
      throw error;
    }
    return c.redirect(c.req.path, 303);
  });
  app.route('/', createPullPages(find));
  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse();
    if (!(error instanceof ApiError)) throw error;
    const content = html`<h1>Not found</h1><p>${error.message}</p>`;
    return c.html(page({ title: 'Not found', path: '/', content }), error.status);
  });
  return app;
}
