/** Opens a connection through the company's proxy: CONNECT (RFC 9110, 9.3.6), with the name and password of the proxy's url. */
import type { Socket } from 'node:net';
import { percentDecoded } from '../base/text/percent.ts';

/** The proxy refused the connection with this status. */
export class TunnelRefused extends Error {
  readonly status: number;

  constructor(proxy: string, status: number) {
    super(`the proxy ${proxy} answered ${status}`);
    this.status = status;
  }
}

/** What the proxy wants to see of its url's name and password; undefined without them. */
export function proxyAuthorization({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const pair = `${percentDecoded(username)}:${percentDecoded(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

export interface TunnelOptions {
  proxy: URL;
  host: string;
  port: number;
  /** The authorities, PEM, of which one must have signed the certificate of a proxy that is reached by https. */
  trusted: readonly string[];
  /** The longest wait for the proxy's answer. */
  timeoutMs: number;
}

/** Resolves with the open connection to host and port. Rejects with TunnelRefused, or with the error of the connection. */
export async function openTunnel({ proxy, host, port, trusted, timeoutMs }: TunnelOptions): Promise<Socket> {
  // Loaded here: few processes open a tunnel, and all know its errors.
  const [plain, secure] = await Promise.all([import('node:http'), import('node:https')]);
  const authorization = proxyAuthorization(proxy);
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const isSecure = proxy.protocol === 'https:';
  const asked = {
    host: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: Number(proxy.port || (isSecure ? 443 : 80)),
    method: 'CONNECT',
    path: place,
    headers: { host: place, ...(authorization ? { 'proxy-authorization': authorization } : {}) },
    agent: false as const,
  };
  return new Promise((resolve, reject) => {
    const sent = isSecure ? secure.request({ ...asked, ca: [...trusted] }) : plain.request(asked);
    sent.setTimeout(timeoutMs, () => sent.destroy(new Error(`the proxy ${proxy.host} does not answer`)));
    sent.on('error', reject);
    // A socket unless a caller has made its own (nodejs.org/api/http.html, event connect).
    sent.on('connect', ({ statusCode = 0 }, socket: Socket, head) => {
      if (statusCode !== 200) {
        socket.destroy();
        return reject(new TunnelRefused(proxy.host, statusCode));
      }
      socket.setTimeout(0);
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    sent.end();
  });
}
