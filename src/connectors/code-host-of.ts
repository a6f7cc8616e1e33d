/** The code host of an agent: GitHub or Azure Repos, by what its configuration and its remote say. */
import type { Agent } from '../agents/agent.ts';
import { codeHostUrlOf } from '../agents/outside-urls.ts';
import { azureReposOf, providerOf } from '../agents/provider.ts';
import type { CodeHost } from '../work-items/code-host.ts';
import { createAzureRepos } from './azure-repos.ts';
import { createGitHub, ownerAndRepository } from './github.ts';
import type { HttpSettings } from './http-client.ts';

export interface CodeHostOf {
  codeHost: CodeHost;
  /** How texts there name a work item so that the tracker links to it. */
  mention: (workItemId: number) => string;
}

/** Undefined when the remote is no address of a repository there. */
export function codeHostOf(
  agent: Pick<Agent, 'config' | 'locations'>,
  token: string,
  http: HttpSettings,
): CodeHostOf | undefined {
  const { remote = '', organization = '' } = agent.locations;
  const url = codeHostUrlOf(agent);
  if (providerOf(agent) === 'azure-repos') {
    const place = azureReposOf(remote);
    if (!place) return undefined;
    const hasTracker = place.organization.toLowerCase() === organization.toLowerCase();
    const codeHost = createAzureRepos({ ...place, baseUrl: url, token, hasTracker, http });
    return { codeHost, mention: (id) => `#${id}` };
  }
  const names = ownerAndRepository(remote);
  return names && { codeHost: createGitHub({ apiUrl: url, ...names, token, http }), mention: (id) => `AB#${id}` };
}
