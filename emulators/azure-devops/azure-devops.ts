/**
 * Azure DevOps in memory: organizations with people, work items and their whole history, and pull requests over real
 * git repositories; the REST API, git over HTTP, and pages on which a person reads and decides.
 */
import { Hono } from 'hono';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { createGitHttp, isGitRequest } from '../git-http/git-http.ts';
import { createApi, readAddress } from './api.ts';
import { batchEndpoint } from './batch-endpoint.ts';
import { gitRepositoryOf } from './code-repository.ts';
import { commentEndpoints } from './comment-endpoints.ts';
import { connectionEndpoints } from './connection-endpoints.ts';
import { historyEndpoints } from './history-endpoints.ts';
import { itemEndpoints } from './item-endpoints.ts';
import type { Change, TenantOptions } from './model.ts';
import { createPages } from './pages/pages.ts';
import { pullEndpoints } from './pull-endpoints.ts';
import { createQueryEndpoint } from './query-endpoint.ts';
import { reviewEndpoints } from './review-endpoints.ts';
import { createTenant, type Tenant } from './tenant.ts';
import { typeEndpoints } from './type-endpoints.ts';

export interface AzureDevOpsOptions {
  tenants: readonly TenantOptions[];
  clock?: Clock;
  /** Told of every stored change, after it. */
  onChange?: (change: Change) => void;
  /** How many work items a query without `$top` may find. */
  queryResultsMax?: number;
}

export interface AzureDevOps {
  /** Serves API, git and pages of every organization. */
  fetch(request: Request): Response | Promise<Response>;
  /** The state of one organization, by name with case ignored. Throws when there is none. */
  tenant(organization: string): Tenant;
}

const signInPage =
  '<!DOCTYPE html><html><head><title>Azure DevOps Services | Sign In</title></head><body>Sign In</body></html>';

export function createAzureDevOps(options: AzureDevOpsOptions): AzureDevOps {
  const { clock = systemClock, onChange, queryResultsMax = 20_000 } = options;
  const tenants = options.tenants.map((tenant) => createTenant(tenant, { clock, onChange }));
  const find = (organization: string) =>
    tenants.find((tenant) => tenant.organization.toLowerCase() === organization.toLowerCase());
  const endpoints = [
    ...connectionEndpoints,
    ...typeEndpoints,
    ...itemEndpoints,
    ...historyEndpoints,
    ...commentEndpoints,
    createQueryEndpoint({ clock, resultsMax: queryResultsMax }),
    batchEndpoint,
    ...pullEndpoints,
    ...reviewEndpoints,
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
