/**
 * Which system hosts an agent's pull requests, and the address of its API. Both are derived from the remote, so that the token of
 * the code host is sent only to the host of the remote.
 *
 * remote -> host known? -> provider, by the host or `git.provider` -> API address -> `git.apiUrl`, if it is on the same host
 */
import type { Agent } from './agent.ts';
import { azureDevOps, azureReposOf } from './azure-remote.ts';
import { isLoopbackUrl, outsideUrl } from './config/forms.ts';
import type { GitConfig } from './config/git.ts';

export type Provider = 'github' | 'azure-repos';

export interface CodeHostPlace {
  readonly provider: Provider;
  /** Without a trailing slash. */
  readonly apiUrl: string;
}

/** Why the code host cannot be used, the field of the configuration that causes it, and the fix. */
export interface CodeHostFault {
  readonly field: 'provider' | 'apiUrl';
  readonly why: string;
  readonly fix: string;
}

/** Hosts of unsupported systems; a remote there is refused, whatever `git.provider` says. */
const otherHosts =
  /(^|\.)(gitlab\.com|bitbucket\.org|codeberg\.org|gitea\.com|gitee\.com|sr\.ht|sourceforge\.net|code\.sf\.net|launchpad\.net|amazonaws\.com|googlesource\.com|source\.developers\.google\.com)$/;

/** The provider of a public host; undefined for any other host. */
function knownProvider(hostname: string): Provider | undefined {
  if (/^(www\.)?github\.com$|\.ghe\.com$/.test(hostname)) return 'github';
  return /^dev\.azure\.com$|\.visualstudio\.com$/.test(hostname) ? 'azure-repos' : undefined;
}

const names: Readonly<Record<Provider, string>> = { github: 'GitHub', 'azure-repos': 'Azure Repos' };

/**
 * The address of the GitHub API for a remote: https://docs.github.com/rest/using-the-rest-api/getting-started-with-the-rest-api,
 * for a GitHub Enterprise Server https://docs.github.com/enterprise-server/rest/quickstart
 */
function gitHubApiOf({ origin, hostname }: URL): string {
  if (/^(www\.)?github\.com$/.test(hostname)) return 'https://api.github.com';
  return hostname.endsWith('.ghe.com') ? `https://api.${hostname}` : `${origin}/api/v3`;
}

function providerOf(remote: string, configured: Provider | undefined): Provider | CodeHostFault {
  const { hostname } = new URL(remote);
  const fault = (why: string, fix: string): CodeHostFault => ({ field: 'provider', why, fix });
  if (otherHosts.test(hostname)) {
    const fix = 'Set GIT_REMOTE to a repository on GitHub or Azure Repos; pull requests can be opened only there.';
    return fault(`GIT_REMOTE is at ${hostname}, which is not supported`, fix);
  }
  const known =
    knownProvider(hostname) ?? (azureReposOf(remote) && configured === undefined ? 'azure-repos' : undefined);
  if (known && configured && known !== configured) {
    return fault(
      `${hostname} is ${names[known]}, not ${configured}`,
      `Set git.provider to "${known}", or leave it out.`,
    );
  }
  const provider = known ?? configured ?? (isLoopbackUrl(remote) ? 'github' : undefined);
  if (provider === undefined) {
    const fix =
      'Set git.provider to "github" for a GitHub Enterprise Server, or to "azure-repos" for an Azure DevOps Server.';
    return fault(`GIT_REMOTE is at ${hostname}, which is not a known code host`, fix);
  }
  if (provider === 'azure-repos' && !azureReposOf(remote)) {
    const fix = 'Write GIT_REMOTE as the web page shows it, such as https://dev.azure.com/acme/Web/_git/app.';
    return fault(`GIT_REMOTE at ${hostname} does not name a repository of Azure Repos`, fix);
  }
  return provider;
}

/** The two names of an Azure DevOps organization count as one host, and so do all loopback addresses (the emulators). */
function isSameHost(apiUrl: string, derived: string, remote: string): boolean {
  if (isLoopbackUrl(apiUrl)) return isLoopbackUrl(remote);
  const host = new URL(apiUrl).hostname;
  return host === new URL(derived).hostname || host === new URL(remote).hostname;
}

const sshForm = /^(?:ssh:\/\/)?[^@/\s]+@([^:/\s]+)(?::\d+)?[:/]+(?:v3\/)?(.+?)\/?$/;

/** The https address of a repository that was named by ssh, if it can be derived. */
function asHttps(remote: string): string {
  const [, host = '', path = ''] = sshForm.exec(remote) ?? [];
  const [organization, project, repository] = path.split('/');
  if (/^(vs-)?ssh\.(dev\.azure|visualstudio)\.com$/.test(host)) {
    return `${azureDevOps}/${organization}/${project}/_git/${repository}`;
  }
  return host === '' ? 'https://github.com/acme/app.git' : `https://${host}/${path}`;
}

/** The parts of an agent from which its code host is derived. */
interface AtCodeHost {
  config: { readonly git?: Pick<GitConfig, 'provider' | 'apiUrl'> | undefined };
  locations: Agent['locations'];
}

/** The code host of an agent with a remote, or why its token cannot be sent anywhere. */
export function codeHostPlaceOf({ config, locations }: AtCodeHost): CodeHostPlace | CodeHostFault {
  const { remote = '' } = locations;
  const { apiUrl, provider: configured } = config.git ?? {};
  if (!outsideUrl.safeParse(remote).success) {
    const fix = `Write GIT_REMOTE as a plain https address, such as ${asHttps(remote)}.`;
    return { field: 'provider', why: 'GIT_REMOTE is not a plain https address', fix };
  }
  const provider = providerOf(remote, configured);
  if (typeof provider !== 'string') return provider;
  const derived = provider === 'github' ? gitHubApiOf(new URL(remote)) : (azureReposOf(remote)?.baseUrl ?? '');
  if (apiUrl !== undefined && !isSameHost(apiUrl, derived, remote)) {
    const why = `git.apiUrl is at ${new URL(apiUrl).host}, but GIT_REMOTE at ${new URL(remote).host}: GIT_TOKEN would leave its host`;
    return { field: 'apiUrl', why, fix: `Remove git.apiUrl (the default is ${derived}), or correct GIT_REMOTE.` };
  }
  return { provider, apiUrl: (apiUrl ?? derived).replace(/\/+$/, '') };
}
