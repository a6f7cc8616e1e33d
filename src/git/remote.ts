/** The one remote of an agent: which urls are allowed, and the token as a header in one child's environment only. */
import { type Refusal, refuse } from '../refusal.ts';

export interface Remote {
  url: string;
  /** Sent as the password of Basic auth, which GitHub and Azure Repos both take; none for a public remote. */
  token?: string;
}

export interface RemoteAccess {
  url: string;
  /** For the one child that talks to the remote: in argv or in the url the token would show in the process list. */
  env: Readonly<Record<string, string>>;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** Takes https urls without userinfo, query or fragment; http only to loopback, and only when that is allowed. */
export function accessRemote({ url, token }: Remote, allowLoopback: boolean): RemoteAccess | Refusal {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed) return refuse('CONFIG_INVALID', 'GIT_REMOTE is not a url', 'Write GIT_REMOTE as an https url.');
  const plainHttp = parsed.protocol === 'http:' && allowLoopback && isLoopback(parsed.hostname);
  if (parsed.protocol !== 'https:' && !plainHttp) {
    return refuse('CONFIG_INVALID', `GIT_REMOTE is ${parsed.protocol}`, 'Write GIT_REMOTE as an https url.');
  }
  if (parsed.username || parsed.password || /[?#]/.test(url)) {
    return refuse(
      'CONFIG_INVALID',
      'GIT_REMOTE holds a user, a query or a fragment',
      'Write the plain address in GIT_REMOTE and the token in GIT_TOKEN.',
    );
  }
  const pair = Buffer.from(`x-access-token:${token}`).toString('base64');
  const header = {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${parsed.origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${pair}`,
  };
  return { url: parsed.href, env: { GIT_ALLOW_PROTOCOL: parsed.protocol.slice(0, -1), ...(token ? header : {}) } };
}
