/**
 * Azure DevOps in memory: organizations with people, work items and their full history, and pull requests on real
 * git repositories. It serves the REST API, git over HTTP, and web pages for people.
 */
import { Hono } from 'hono';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { createHookSender, type HookSender } from '../control/deliver.ts';
import { createGitHttp, isGitRequest } from '../git-http/git-http.ts';
import { createApi, readAddress } from './api/api.ts';
import { connectionEndpoints } from './api/connection-endpoints.ts';
import { hookEndpoints } from './hooks/hook-endpoints.ts';
import { createAnnouncer } from './hooks/hook-events.ts';
import { attachmentEndpoints } from './items/attachment-endpoints.ts';
import { batchEndpoints } from './items/batch-endpoint.ts';
import { commentEndpoints } from './items/comment-endpoints.ts';
import { historyEndpoints } from './items/history-endpoints.ts';
import { itemEndpoints } from './items/item-endpoints.ts';
import type { Change, TenantOptions } from './model.ts';
import { createPages } from './pages/pages.ts';
import { lookupEndpoints } from './process/lookup-endpoints.ts';
import { nodeEndpoints } from './process/node-endpoints.ts';
import { teamEndpoints } from './process/team-endpoints.ts';
import { typeEndpoints } from './process/type-endpoints.ts';
import { changeEndpoints } from './pulls/change-endpoints.ts';
import { gitRepositoryOf } from './pulls/code-repository.ts';
import { createPolicies, type Policies } from './pulls/policy-endpoints.ts';
import { pullEndpoints } from './pulls/pull-endpoints.ts';
import { mergeMs, readPull } from './pulls/pull-requests.ts';
import { refEndpoints } from './pulls/ref-endpoints.ts';
import { reviewEndpoints } from './pulls/review-endpoints.ts';
import { threadEndpoints } from './pulls/thread-endpoints.ts';
import { createQueryEndpoint } from './queries/query-endpoint.ts';
import { createTenant, type Tenant } from './tenant.ts';

export interface AzureDevOpsOptions {
  tenants: readonly TenantOptions[];
  clock?: Clock;
  /** Called after every stored change. */
  onChange?: (change: Change) => void;
  /** Sends the service hooks. */
  hooks?: HookSender;
  /** The maximum number of results for a query without `$top`. */
  queryResultsMax?: number;
}

export interface AzureDevOps {
  /** Serves API, git and pages of every organization. */
  fetch(request: Request): Response | Promise<Response>;
  /** The state of one organization, by name (case is ignored). Throws if there is none. */
  tenant(organization: string): Tenant;
  /** Sets the result of a build of a pull request's branch, or that it is running. */
  setBuild: Policies['setBuild'];
}

const signInPage =
  '<!DOCTYPE html><html><head><title>Azure DevOps Services | Sign In</title></head><body>Sign In</body></html>';

export function createAzureDevOps(options: AzureDevOpsOptions): AzureDevOps {
  const { clock = systemClock, onChange, queryResultsMax = 20_000, hooks = createHookSender({ clock }) } = options;
  const announcer = createAnnouncer(hooks, (tenant, { pull }) => {
    const settled = clock.sleep(mergeMs).then(() => readPull(tenant, pull.id));
    // The repository may be deleted by then; the next reader of the pull request gets the error.
    settled.catch(() => undefined);
  });
  const tenants = options.tenants.map((its) => {
    const tenant: Tenant = createTenant(its, {
      clock,
      onChange(change) {
        onChange?.(change);
        announcer.change(tenant, change);
      },
      onPullEvent: (event) => announcer.pull(tenant, event),
    });
    return tenant;
  });
  const find = (organization: string) =>
    tenants.find((tenant) => tenant.organization.toLowerCase() === organization.toLowerCase());
  const policies = createPolicies();
  const endpoints = [
    ...connectionEndpoints,
    ...typeEndpoints,
    ...nodeEndpoints,
    ...lookupEndpoints,
    ...teamEndpoints,
    ...itemEndpoints,
    ...historyEndpoints,
    ...commentEndpoints,
    ...attachmentEndpoints,
    createQueryEndpoint({ clock, resultsMax: queryResultsMax }),
    ...batchEndpoints,
    ...hookEndpoints,
    ...pullEndpoints,
    ...refEndpoints,
    ...changeEndpoints,
    ...reviewEndpoints,
    ...threadEndpoints,
    ...policies.endpoints,
  ];
  const api = createApi(endpoints, find);
  const pages = new Hono();
  pages.get('/_signin', (c) => c.html(signInPage, 203));
  pages.route('/', createPages({ tenants, find }));
  const git = createGitHttp({
    repositories: tenants.flatMap(({ organization, repositories, people }) =>
      repositories.map((repository) => gitRepositoryOf(organization, repository, people)),
    ),
  });
  return {
    setBuild: policies.setBuild,
    fetch(request) {
      if (readAddress(request.url)) return api.fetch(request);
      return isGitRequest(request) ? git(request) : pages.fetch(request);
    },
    tenant(organization) {
      const tenant = find(organization);
      if (!tenant) throw new Error(`there is no organization ${organization}`);
      return tenant;
    },
  };
}
