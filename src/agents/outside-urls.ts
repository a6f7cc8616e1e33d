/** Where an agent reaches out to, and whether that is the emulators on this machine or the real world; never a mix of both. */
import { type Refusal, refuse } from '../refusal.ts';
import type { Agent } from './agent.ts';
import { azureReposOf, providerOf } from './provider.ts';

const gitHubApi = 'https://api.github.com';

/** The address of the code host's API: of Azure Repos the one that its remote stands at, unless another is named. */
export function codeHostUrlOf(agent: Pick<Agent, 'config' | 'locations'>): string {
  const { config, locations } = agent;
  const azureRepos = providerOf(agent) === 'azure-repos' ? azureReposOf(locations.remote ?? '') : undefined;
  return config.git?.apiUrl ?? azureRepos?.baseUrl ?? gitHubApi;
}

/** Every outside address that the agent's configuration and places name. */
export function outsideUrlsOf(agent: Pick<Agent, 'config' | 'locations'>): string[] {
  const { config, locations } = agent;
  const named = [
    config.devops?.baseUrl,
    locations.remote,
    config.git && locations.remote ? codeHostUrlOf(agent) : undefined,
    locations.instanceUrl,
  ];
  return named.filter((url) => url !== undefined && URL.canParse(url)) as string[];
}

function isLoopback(url: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
}

/** With `allowLoopback` every address must be on loopback, without it none may be. */
export function checkUrls(
  agent: Pick<Agent, 'id' | 'config' | 'locations'>,
  allowLoopback: boolean,
): Refusal | undefined {
  const wrong = outsideUrlsOf(agent).find((url) => isLoopback(url) !== allowLoopback);
  if (wrong === undefined) return undefined;
  const why = allowLoopback ? 'is not on loopback while JVAGENT_ALLOW_LOOPBACK is set' : 'is on loopback';
  const mend = allowLoopback
    ? 'Unset JVAGENT_ALLOW_LOOPBACK, which is for the emulators alone, or let every address be theirs.'
    : 'Name the real system, or set JVAGENT_ALLOW_LOOPBACK=1 to work against the emulators.';
  return refuse('CONFIG_INVALID', `${agent.id}: ${wrong} ${why}`, mend);
}
