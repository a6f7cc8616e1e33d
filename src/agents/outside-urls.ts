/** Which outside addresses an agent uses: all belong to the emulators on this machine, or all to real systems, never a mix. */
import { type Refusal, refuse } from '../refusal.ts';
import type { Agent } from './agent.ts';
import { isLoopbackUrl } from './config/forms.ts';
import { codeHostPlaceOf } from './provider.ts';

interface OutsideUrl {
  readonly url: string;
  /** The field of jvAgent.json that sets it, and the name in secrets.env that overrides it. */
  readonly path: readonly [string, string];
  readonly secretName?: string;
}

type AtAddresses = Pick<Agent, 'config' | 'locations'>;

function allUrlsOf(agent: AtAddresses): OutsideUrl[] {
  const { config, locations } = agent;
  const codeHost = config.git && locations.remote ? codeHostPlaceOf(agent) : undefined;
  const apiUrl = codeHost && 'apiUrl' in codeHost ? codeHost.apiUrl : config.git?.apiUrl;
  const named = [
    { url: config.devops?.baseUrl, path: ['devops', 'baseUrl'] },
    { url: locations.remote, path: ['git', 'provider'], secretName: 'GIT_REMOTE' },
    { url: apiUrl, path: ['git', 'apiUrl'] },
    { url: locations.instanceUrl, path: ['instance', 'url'], secretName: 'INSTANCE_URL' },
  ] as const;
  return named.flatMap(({ url, ...more }) => (url !== undefined && URL.canParse(url) ? [{ url, ...more }] : []));
}

/** All outside addresses in the agent's configuration and locations. */
const outsideUrlsOf = (agent: AtAddresses): string[] => allUrlsOf(agent).map(({ url }) => url);

/** The hosts that an agent's texts may link to. */
export const linkHostsOf = (agent: AtAddresses): string[] => [
  ...new Set(outsideUrlsOf(agent).map((url) => new URL(url).host)),
  'github.com',
];

/** The first address that belongs to the other world; see `checkUrls`. */
export function wrongUrlOf(agent: AtAddresses, allowLoopback: boolean): OutsideUrl | undefined {
  return allUrlsOf(agent).find(({ url }) => isLoopbackUrl(url) !== allowLoopback);
}

/** With `allowLoopback` every address must be on loopback; without it none may be. */
export function checkUrls(agent: AtAddresses & Pick<Agent, 'id'>, allowLoopback: boolean): Refusal | undefined {
  const wrong = wrongUrlOf(agent, allowLoopback);
  if (wrong === undefined) return undefined;
  const why = allowLoopback ? 'is not on loopback while JVAGENT_ALLOW_LOOPBACK is set' : 'is on loopback';
  const fix = allowLoopback
    ? 'Unset JVAGENT_ALLOW_LOOPBACK, which is only for the emulators, or use emulator addresses everywhere.'
    : 'Use the address of the real system, or set JVAGENT_ALLOW_LOOPBACK=1 to use the emulators.';
  return refuse('CONFIG_INVALID', `${agent.id}: ${wrong.url} ${why}`, fix);
}
