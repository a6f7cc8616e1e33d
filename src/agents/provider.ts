/** Which system holds an agent's pull requests: its configuration's word, else told from the form of the remote's address. */
import type { Agent } from './agent.ts';

export type Provider = 'github' | 'azure-repos';

/** A repository of Azure Repos, as its remote's address names it. */
export interface AzureReposPlace {
  /** What stands before the organization, `https://dev.azure.com`. */
  baseUrl: string;
  organization: string;
  project: string;
  repository: string;
}

const decoded = (path: string) => path.split('/').filter(Boolean).map(decodeURIComponent);

/**
 * `https://dev.azure.com/acme/Web/_git/app`, `https://acme.visualstudio.com/Web/_git/app`, or a server's own
 * `https://host/tfs/Collection/Web/_git/app`; a project that is not named is called like the repository.
 */
export function azureReposOf(remote: string): AzureReposPlace | undefined {
  if (!URL.canParse(remote)) return undefined;
  const { origin, hostname, pathname } = new URL(remote);
  const [, before = '', name] = /^(.*?)\/_git\/([^/]+)\/?$/.exec(pathname) ?? [];
  if (name === undefined) return undefined;
  const [repository = '', parts] = [decodeURIComponent(name), decoded(before)];
  const [, account] = /^([^.]+)\.visualstudio\.com$/i.exec(hostname) ?? [];
  if (account) {
    const [project = repository] = parts.filter((part) => part.toLowerCase() !== 'defaultcollection');
    return { baseUrl: 'https://dev.azure.com', organization: account, project, repository };
  }
  const project = parts.length > 1 ? parts.pop() : repository;
  const organization = parts.pop();
  if (organization === undefined || project === undefined) return undefined;
  return { baseUrl: [origin, ...parts.map(encodeURIComponent)].join('/'), organization, project, repository };
}

export function providerOf({ config, locations }: Pick<Agent, 'config' | 'locations'>): Provider {
  return config.git?.provider ?? (azureReposOf(locations.remote ?? '') ? 'azure-repos' : 'github');
}
