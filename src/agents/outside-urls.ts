/** Which outside addresses an agent uses: all belong to the emulators on this machine, or all to real systems, never a mix. */
import { type Refusal, refuse } from '../refusal.ts';
import type { Agent } from './agent.ts';
import { isLoopbackUrl } from './config/forms.ts';
import { codeHostPlaceOf } from './provider.ts';

/** All outside addresses in the agent's configuration and locations. */
export function outsideUrlsOf(agent: Pick<Agent, 'config' | 'locations'>): string[] {
  const { config, locations } = agent;
  const codeHost = config.git && locations.remote ? codeHostPlaceOf(agent) : undefined;
  const apiUrl = codeHost && 'apiUrl' in codeHost ? codeHost.apiUrl : config.git?.apiUrl;
  const named = [config.devops?.baseUrl, locations.remote, apiUrl, locations.instanceUrl];
  return named.filter((url) => url !== undefined && URL.canParse(url)) as string[];
}

/** With `allowLoopback` every address must be on loopback; without it none may be. */
export function checkUrls(
  agent: Pick<Agent, 'id' | 'config' | 'locations'>,
  allowLoopback: boolean,
): Refusal | undefined {
  const wrong = outsideUrlsOf(agent).find((url) => isLoopbackUrl(url) !== allowLoopback);
  if (wrong === undefined) return undefined;
  const why = allowLoopback ? 'is not on loopback while JVAGENT_ALLOW_LOOPBACK is set' : 'is on loopback';
  const fix = allowLoopback
    ? 'Unset JVAGENT_ALLOW_LOOPBACK, which is only for the emulators, or use emulator addresses everywhere.'
    : 'Use the address of the real system, or set JVAGENT_ALLOW_LOOPBACK=1 to use the emulators.';
  return refuse('CONFIG_INVALID', `${agent.id}: ${wrong} ${why}`, fix);
}
