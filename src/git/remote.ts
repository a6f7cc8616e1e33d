/** The remote of an agent: which urls are allowed, and the token as a header in the environment of one child only. */
import { type Refusal, refuse } from '../refusal.ts';

export interface Remote {
  url: string;
  /** Sent as the password of Basic auth, which GitHub and Azure Repos both accept; absent for a public remote. */
  token?: string;
}

export interface RemoteAccess {
  url: string;
  /** For the child process that connects to the remote: in its arguments or url, the process list would show the token. */
  env: Readonly<Record<string, string>>;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** Accepts https urls without user, query and fragment; http only to loopback, and only if that is allowed. */
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
      'GIT_REMOTE contains a user name, a query or a fragment',
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
