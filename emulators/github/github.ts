/**
 * GitHub's REST API for pull requests, and web pages for people, on real bare repositories.
 *
 * `/user`, `/repos/...` -> transport rules -> repository and right -> endpoint;  `/`, `/OWNER/REPO/pulls` -> pages
 */
import { Hono } from 'hono';
import { etag } from 'hono/etag';
import { HTTPException } from 'hono/http-exception';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import type { Respond } from '../../src/base/http.ts';
import { createHookSender, type HookSender } from '../control/deliver.ts';
import { toRepository } from './answers.ts';
import { collaboratorRoutes } from './collaborators.ts';
import { commitRoutes } from './commit-routes.ts';
import { conversationRoutes } from './conversation-routes.ts';
import { hookRoutes } from './hook-routes.ts';
import { announce } from './hooks.ts';
import { type CheckRun, type GitHubTenant, type Hosted, openHosted } from './hosted.ts';
import { pageRoutes } from './page-routes.ts';
import { pullRoutes } from './pull-routes.ts';
import { refuse } from './refuse.ts';
import { reviewRoutes } from './review-routes.ts';
import { type Api, repositoryOfPath, transport } from './transport.ts';
import { userRoutes } from './user-routes.ts';

export interface GitHubOptions {
  tenants: readonly GitHubTenant[];
  clock?: Clock;
  /** The maximum number of requests per token and hour. */
  requestsPerHourMax?: number;
  /** Sends the webhooks. */
  hooks?: HookSender;
}

export interface GitHub {
  fetch: Respond;
  /** Adds a check to a commit, or replaces the one with the same name; on GitHub only GitHub Apps can do that. */
  setCheckRun(owner: string, sha: string, check: CheckRun): void;
  /** Gives the owner's repository another name; API and git redirect the earlier one. */
  rename(owner: string, name: string): void;
}

/** One GitHub for all tenants; each token sees only its own tenant's repository. */
export function createGitHub(options: GitHubOptions): GitHub {
  const { tenants, clock = systemClock, requestsPerHourMax = 5_000, hooks = createHookSender({ clock }) } = options;
  const hosted = tenants.map((tenant, n) =>
    openHosted(tenant, n + 1, clock, (its, event) => announce(its, event, hooks)),
  );

  function ownRepository(owner: string): Hosted {
    const found = hosted.find(({ tenant }) => tenant.owner === owner);
    if (!found) throw new Error(`there is no repository of ${owner}`);
    return found;
  }

  const api = new Hono<Api>();
  const rules = [transport({ hosted, clock, requestsPerHourMax }), etag()] as const;
  api.use('/user/*', ...rules);
  api.use('/rate_limit', rules[0]);
  api.use('/repos/*', ...rules);
  api.route('/user', userRoutes(hosted));
  api.get('/rate_limit', (c) => c.json({ resources: { core: c.get('rate') }, rate: c.get('rate') }));
  api.use('/repos/:owner/:repo/*', repositoryOfPath(hosted));
  api.get('/repos/:owner/:repo', (c) => c.json(toRepository(c.get('view'), c.get('person'))));
  api.route('/repos/:owner/:repo/pulls', pullRoutes());
  api.route('/repos/:owner/:repo', conversationRoutes());
  api.route('/repos/:owner/:repo', reviewRoutes());
  api.route('/repos/:owner/:repo', commitRoutes());
  api.route('/repos/:owner/:repo', collaboratorRoutes());
  api.route('/repos/:owner/:repo', hookRoutes(hooks));
  api.all('/repos/*', () => refuse(404, 'Not Found'));

  const app = new Hono();
  app.route('/', api);
  app.route('/', pageRoutes(hosted));
  app.onError((error) => {
    if (error instanceof HTTPException) return error.getResponse();
    return Response.json({ message: `Server Error: ${error.message}` }, { status: 500 });
  });

  /** A repository's path by id, which redirects name, is that by its present name. */
  function byName(request: Request): Request {
    const url = new URL(request.url);
    const [, id, below = ''] = /^\/repositories\/(\d+)(\/.*)?$/.exec(url.pathname) ?? [];
    const found = id === undefined ? undefined : hosted.find((each) => each.id === Number(id));
    if (!found) return request;
    url.pathname = `/repos/${found.fullName}${below}`;
    return new Request(url, request);
  }

  return {
    fetch: (request) => app.fetch(byName(request)),
    rename(owner, name) {
      const { tenant } = ownRepository(owner);
      Object.assign(tenant, { formerNames: [...(tenant.formerNames ?? []), tenant.repository], repository: name });
    },
    setCheckRun(owner, sha, check) {
      const found = ownRepository(owner);
      const others = (found.checkRuns.get(sha) ?? []).filter(({ name }) => name !== check.name);
      const made = { ...check, id: found.nextId(), at: clock.now() };
      found.checkRuns.set(sha, [...others, made]);
      const action = check.status === 'completed' ? 'completed' : 'created';
      found.tell({ event: 'check_run', action, by: owner, sha, check: made });
    },
  };
}
