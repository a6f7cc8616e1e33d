/** Addresses of repositories in Azure Repos, in all the forms in which its pages show them. */
import { percentDecoded } from '../base/text/percent.ts';

/** A repository in Azure Repos, parsed from the address of its remote. */
export interface AzureReposPlace {
  /** The part before the organization, such as `https://dev.azure.com`. */
  baseUrl: string;
  organization: string;
  project: string;
  repository: string;
}

export const azureDevOps = 'https://dev.azure.com';
const decoded = (path: string) => path.split('/').filter(Boolean).map(percentDecoded);

/**
 * `https://dev.azure.com/acme/Web/_git/app`, `https://acme.visualstudio.com/Web/_git/app`, or a server's own
 * `https://host/tfs/Collection/Web/_git/app`. If no project is named, it has the name of the repository. The organization of the
 * second form is the same one at dev.azure.com: https://learn.microsoft.com/azure/devops/extend/develop/work-with-urls
 */
export function azureReposOf(remote: string): AzureReposPlace | undefined {
  if (!URL.canParse(remote)) return undefined;
  const { origin, hostname, pathname } = new URL(remote);
  const [, before = '', name] = /^(.*?)\/_git\/(?:_full\/|_optimized\/)?([^/]+)\/*$/i.exec(pathname) ?? [];
  if (name === undefined) return undefined;
  const [repository = '', parts] = [percentDecoded(name), decoded(before)];
  const [, account] = /^([^.]+)\.visualstudio\.com$/i.exec(hostname) ?? [];
  if (account) {
    const [project = repository] = parts.filter((part) => part.toLowerCase() !== 'defaultcollection');
    return { baseUrl: azureDevOps, organization: account, project, repository };
  }
  const path = parts.length > 1 ? parts : [...parts, repository];
  const [organization, project] = path.slice(-2);
  if (organization === undefined || project === undefined) return undefined;
  const baseUrl = [origin, ...path.slice(0, -2).map(encodeURIComponent)].join('/');
  return { baseUrl, organization, project, repository };
}
