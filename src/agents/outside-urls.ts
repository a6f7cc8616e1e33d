/** Where an agent reaches out to, and whether that is the emulators on this machine or the real world; never a mix of both. */
import { type Refusal, refuse } from '../refusal.ts';
import type { Agent } from './agent.ts';
import { isLoopbackUrl } from './config/forms.ts';
import { codeHostPlaceOf } from './provider.ts';

/** Every outside address that the agent's configuration and places name. */
export function outsideUrlsOf(agent: Pick<Agent, 'config' | 'locations'>): string[] {
  const { config, locations } = agent;
  const codeHost = config.git && locations.remote ? codeHostPlaceOf(agent) : undefined;
  const apiUrl = codeHost && 'apiUrl' in codeHost ? codeHost.apiUrl : config.git?.apiUrl;
  const named = [config.devops?.baseUrl, locations.remote, apiUrl, locations.instanceUrl];
  return named.filter((url) => url !== undefined && URL.canParse(url)) as string[];
}

/** With `allowLoopback` every address must be on loopback, without it none may be. */
export function checkUrls(
  agent: Pick<Agent, 'id' | 'config' | 'locations'>,
  allowLoopback: boolean,
): Refusal | undefined {
  const wrong = outsideUrlsOf(agent).find((url) => isLoopbackUrl(url) !== allowLoopback);
  if (wrong === undefined) return undefined;
  const why = allowLoopback ? 'is not on loopback while JVAGENT_ALLOW_LOOPBACK is set' : 'is on loopback';
  const fix = allowLoopback
    ? 'Unset JVAGENT_ALLOW_LOOPBACK, which is for the emulators alone, or let every address be theirs.'
    : 'Name the real system, or set JVAGENT_ALLOW_LOOPBACK=1 to work against the emulators.';
  return refuse('CONFIG_INVALID', `${agent.id}: ${wrong} ${why}`, fix);
}
