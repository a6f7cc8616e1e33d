/**
 * The remote of an agent: which urls are allowed, and the way to it. The token as a header, the proxy and the certificates are in
 * the environment of one child only.
 */
import type { Outbound } from '../outbound/outbound.ts';
import { type Refusal, refuse } from '../refusal.ts';

export interface Remote {
  url: string;
  /** Sent as the password of Basic auth, which GitHub and Azure Repos both accept; absent for a public remote. */
  token?: string;
  /** The way to it; without one, directly. */
  outbound?: Pick<Outbound, 'proxyFor' | 'trusted'>;
}

export interface RemoteAccess {
  url: string;
  /** For the child process that connects to the remote: in its arguments or url, the process list would show the token. */
  env: Readonly<Record<string, string>>;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** Settings of git for one child (git-scm.com/docs/git-config, GIT_CONFIG_COUNT). */
function configOf(settings: readonly (readonly [name: string, value: string])[]): Record<string, string> {
  const pairs = settings.flatMap(([name, value], at) => [
    [`GIT_CONFIG_KEY_${at}`, name],
    [`GIT_CONFIG_VALUE_${at}`, value],
  ]);
  return { GIT_CONFIG_COUNT: `${settings.length}`, ...Object.fromEntries(pairs) };
}

/** What git is told for this one origin. `authorityFile` takes the place of the system's list, so it holds that too. */
function wayTo(
  { origin }: URL,
  { token, proxy, authorityFile }: Record<'token' | 'proxy' | 'authorityFile', string | undefined>,
) {
  const pair = Buffer.from(`x-access-token:${token}`).toString('base64');
  const settings = {
    extraHeader: token && `Authorization: Basic ${pair}`,
    proxy,
    sslCAInfo: authorityFile,
  };
  const given = Object.entries(settings).flatMap(([name, value]) => (value ? [[name, value] as const] : []));
  return given.length === 0 ? {} : configOf(given.map(([name, value]) => [`http.${origin}/.${name}`, value]));
}

/** Accepts https urls without user, query and fragment; http only to loopback, and only if that is allowed. `authorityFile` holds what `outbound` trusts, PEM. */
export function accessRemote(
  { url, token, outbound }: Remote,
  allowLoopback: boolean,
  authorityFile?: string,
): RemoteAccess | Refusal {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed) return refuse('CONFIG_INVALID', 'GIT_REMOTE is not a url', 'Write GIT_REMOTE as an https url.');
  const plainHttp = parsed.protocol === 'http:' && allowLoopback && isLoopback(parsed.hostname);
  if (parsed.protocol !== 'https:' && !plainHttp) {
    return refuse('CONFIG_INVALID', `GIT_REMOTE is ${parsed.protocol}`, 'Write GIT_REMOTE as an https url.');
  }
  if (parsed.username || parsed.password || /[?#]/.test(url)) {
    return refuse(
      'CONFIG_INVALID',
      'GIT_REMOTE contains a user name, a query or a fragment',
      'Write the plain address in GIT_REMOTE and the token in GIT_TOKEN.',
    );
  }
  const config = wayTo(parsed, { token, proxy: outbound?.proxyFor(parsed)?.href, authorityFile });
  return { url: parsed.href, env: { GIT_ALLOW_PROTOCOL: parsed.protocol.slice(0, -1), ...config } };
}
