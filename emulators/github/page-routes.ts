/** The web pages for people; the visitor acts as the person in a cookie. */
import { type Context, Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { csrf } from 'hono/csrf';
import type { html } from 'hono/html';
import { HTTPException } from 'hono/http-exception';
import type { GitHubPerson, Hosted, PullRequest } from './hosted.ts';
import { type PullView, showPage, showPull, showPulls, showRepositories, type Visitor } from './pages.ts';
import { addComment, listPulls, makeReady, mergePull, readPull, testMerge, updatePull } from './pull-requests.ts';
import { changeOf } from './pull-routes.ts';
import { refuse } from './refuse.ts';
import { addReview } from './reviews.ts';

const roleCookie = 'role';
const defaultRole = 'engineer';

function visitorOf(c: Context, hosted: readonly Hosted[]): Visitor {
  const roles = [...new Set(hosted.flatMap(({ tenant }) => Object.keys(tenant.people)))];
  const chosen = getCookie(c, roleCookie) ?? defaultRole;
  return { role: roles.includes(chosen) ? chosen : defaultRole, roles, path: c.req.path };
}

/** The action of each button, with the form's fields. */
function act(action: string, hosted: Hosted, pull: PullRequest, by: GitHubPerson, form: FormData): unknown {
  const field = (name: string) => String(form.get(name) ?? '');
  const body = field('body');
  const method = field('method');
  switch (action) {
    case 'ready':
      return makeReady(hosted, pull, by);
    case 'merge':
      if (method !== 'merge' && method !== 'squash' && method !== 'rebase') return refuse(422, 'Choose a merge method');
      return mergePull(hosted, pull, by, { method, sha: field('sha') || undefined });
    case 'close':
      return updatePull(hosted, pull, by, { state: 'closed' });
    case 'comment':
      return addComment(hosted, pull, by, body);
    case 'approve':
      return addReview(hosted, pull, by, { event: 'APPROVE', body, comments: [] });
    case 'request-changes':
      return addReview(hosted, pull, by, { event: 'REQUEST_CHANGES', body, comments: [] });
    default:
      return refuse(404, 'Not Found');
  }
}

/** Checks the right that the same API call needs. */
function checkRight(action: string, by: GitHubPerson): void {
  const needed = ['ready', 'merge', 'close'].includes(action) ? by.contents : by.pullRequests;
  if (needed !== 'write') refuse(403, 'You do not have permission to do this');
}

async function viewOf(hosted: Hosted, pull: PullRequest, person: GitHubPerson | undefined): Promise<PullView> {
  const change = await changeOf(hosted, pull);
  const mergeable = pull.state === 'open' && (await testMerge(hosted, pull)) !== undefined;
  return { hosted, pull, person, mergeable, ...change };
}

export function pageRoutes(all: readonly Hosted[]): Hono {
  const app = new Hono();
  const hostedOf = (c: Context) =>
    all.find(({ fullName }) => fullName === `${c.req.param('owner')}/${c.req.param('repo')}`) ??
    refuse(404, 'Not Found');
  const pullOf = (c: Context) => readPull(hostedOf(c), Number(c.req.param('number')));
  const page = (c: Context, title: string, content: ReturnType<typeof html>) =>
    c.html(showPage(title, visitorOf(c, all), content), 200, {
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    });

  app.use('/as', csrf());
  app.use('/:owner/:repo/pull/*', csrf());
  app.get('/', (c) => page(c, 'Repositories', showRepositories(all)));
  app.post('/as', async (c) => {
    const form = await c.req.formData();
    const back = String(form.get('back') ?? '');
    setCookie(c, roleCookie, String(form.get('role') ?? ''), { httpOnly: true, sameSite: 'Strict', path: '/' });
    return c.redirect(/^\/(?![/\\])/.test(back) ? back : '/', 303);
  });
  app.get('/:owner/:repo', (c) => c.redirect(`/${hostedOf(c).fullName}/pulls`));
  app.get('/:owner/:repo/pulls', async (c) => {
    const hosted = hostedOf(c);
    return page(c, `Pull requests of ${hosted.fullName}`, showPulls(hosted, await listPulls(hosted)));
  });
  app.get('/:owner/:repo/pull/:number', async (c) => {
    const pull = await pullOf(c);
    const person = hostedOf(c).tenant.people[visitorOf(c, all).role];
    return page(c, `${pull.title} #${pull.number}`, showPull(await viewOf(hostedOf(c), pull, person)));
  });
  app.post('/:owner/:repo/pull/:number/:action', async (c) => {
    const hosted = hostedOf(c);
    const pull = await pullOf(c);
    const by = hosted.tenant.people[visitorOf(c, all).role] ?? refuse(403, 'You do not have permission to do this');
    const action = c.req.param('action');
    checkRight(action, by);
    await act(action, hosted, pull, by, await c.req.formData());
    return c.redirect(`/${hosted.fullName}/pull/${pull.number}`, 303);
  });
  app.onError((error, c) => {
    if (!(error instanceof HTTPException)) throw error;
    return c.text(`${error.message}\n`, error.status);
  });
  return app;
}
