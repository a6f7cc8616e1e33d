/** The code host of an agent: GitHub or Azure Repos, by what its configuration and its remote say; only that one is loaded. */
import type { Agent } from '../agents/agent.ts';
import { azureReposOf } from '../agents/azure-remote.ts';
import { codeHostPlaceOf } from '../agents/provider.ts';
import { type Refusal, refuse } from '../refusal.ts';
import type { CodeHost } from '../work-items/code-host.ts';
import type { HttpSettings } from './http/http-client.ts';

export interface CodeHostOfOptions {
  token: string;
  /** Whether it is of the tracker's own system, so that work items link to a pull request as to one of their kind. */
  hasTracker: boolean;
  http: HttpSettings;
}

/** The token goes to the API of the remote's own host; CONFIG_INVALID where that cannot be told, or names no repository. */
export async function codeHostOf(
  agent: Pick<Agent, 'id' | 'config' | 'locations'>,
  { token, hasTracker, http }: CodeHostOfOptions,
): Promise<CodeHost | Refusal> {
  const { remote = '' } = agent.locations;
  const where = codeHostPlaceOf(agent);
  if ('why' in where) return refuse('CONFIG_INVALID', `${agent.id}: ${where.why}`, where.fix);
  const { apiUrl } = where;
  const place = azureReposOf(remote);
  if (where.provider === 'azure-repos' && place) {
    const { createAzureRepos } = await import('./azure-repos/azure-repos.ts');
    return createAzureRepos({ ...place, baseUrl: apiUrl, token, hasTracker, http });
  }
  const { createGitHub, ownerAndRepository } = await import('./github/github.ts');
  const names = ownerAndRepository(remote);
  const fix = 'Write GIT_REMOTE as https://HOST/OWNER/REPOSITORY.git.';
  if (!names) return refuse('CONFIG_INVALID', `${agent.id}: GIT_REMOTE is no address of a repository`, fix);
  return createGitHub({ apiUrl, ...names, token, http });
}
