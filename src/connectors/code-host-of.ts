/** The code host of an agent: GitHub or Azure Repos, by what its configuration and its remote say. */
import type { Agent } from '../agents/agent.ts';
import { azureReposOf, codeHostPlaceOf } from '../agents/provider.ts';
import { type Refusal, refuse } from '../refusal.ts';
import type { CodeHost } from '../work-items/code-host.ts';
import { createAzureRepos } from './azure-repos/azure-repos.ts';
import { createGitHub, ownerAndRepository } from './github/github.ts';
import type { HttpSettings } from './http/http-client.ts';

export interface CodeHostOf {
  codeHost: CodeHost;
  /** How texts there name a work item so that the tracker links to it. */
  mention: (workItemId: number) => string;
}

/** The token goes to the API of the remote's own host; CONFIG_INVALID where that cannot be told, or names no repository. */
export function codeHostOf(
  agent: Pick<Agent, 'id' | 'config' | 'locations'>,
  token: string,
  http: HttpSettings,
): CodeHostOf | Refusal {
  const { remote = '', organization = '' } = agent.locations;
  const where = codeHostPlaceOf(agent);
  if ('why' in where) return refuse('CONFIG_INVALID', `${agent.id}: ${where.why}`, where.mend);
  const { apiUrl } = where;
  const place = azureReposOf(remote);
  if (where.provider === 'azure-repos' && place) {
    const hasTracker = place.organization.toLowerCase() === organization.toLowerCase();
    const codeHost = createAzureRepos({ ...place, baseUrl: apiUrl, token, hasTracker, http });
    return { codeHost, mention: (id) => `#${id}` };
  }
  const names = ownerAndRepository(remote);
  const mend = 'Write GIT_REMOTE as https://HOST/OWNER/REPOSITORY.git.';
  if (!names) return refuse('CONFIG_INVALID', `${agent.id}: GIT_REMOTE is no address of a repository`, mend);
  return { codeHost: createGitHub({ apiUrl, ...names, token, http }), mention: (id) => `AB#${id}` };
}
