/** Who signed the certificate that a host shows, for the words of a fault; nothing is sent to that host. */
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { openTunnel } from './tunnel.ts';

const timeoutMs = 5_000;
const nameCharsMax = 100;

/** The name of the signer; its organisation where it has no name of its own. */
function nameIn(socket: TLSSocket): string | undefined {
  const { issuer } = socket.getPeerCertificate();
  const name = [issuer?.CN ?? issuer?.O].flat()[0];
  return typeof name === 'string' ? name.replace(/[^\p{L}\p{N} .,_()-]/gu, '').slice(0, nameCharsMax) : undefined;
}

/** Undefined if it cannot be read. */
export async function issuerOf(
  { hostname, port }: URL,
  proxy: URL | undefined,
  trusted: readonly string[] = [],
): Promise<string | undefined> {
  const place = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 443) };
  const tunnel = proxy && (await openTunnel({ proxy, ...place, trusted, timeoutMs }).catch(() => undefined));
  if (proxy && !tunnel) return undefined;
  return new Promise((resolve) => {
    // The certificate is only read, never relied on: the connection ends after the handshake.
    const seen = { servername: isIP(place.host) ? '' : hostname, rejectUnauthorized: false };
    const socket = connect(tunnel ? { ...seen, socket: tunnel } : { ...seen, ...place });
    const end = (name?: string) => {
      socket.destroy();
      resolve(name);
    };
    socket.setTimeout(timeoutMs, () => end());
    socket.on('error', () => end());
    socket.on('secureConnect', () => end(nameIn(socket)));
  });
}
