/**
 * A company's proxy on loopback: it alone resolves names, ends TLS with certificates of its own authority, and passes requests on.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket } from 'node:tls';
import { listenServer } from '../../src/base/http.ts';
import { createAuthority } from '../../src/sandbox/certificate.ts';

const challenge = 'proxy-authenticate: Basic realm="proxy"\r\n';

export interface ProxyWish {
  /** Where each name leads: the origin of a server on loopback, which may depend on the path. Others are answered 403. */
  names: Readonly<Record<string, string | ((path: string) => string)>>;
  /** `name:password`. */
  login?: string;
}

export interface InterceptingProxy {
  /** `http://127.0.0.1:PORT`. */
  url: string;
  /** Its authority's certificate, PEM. */
  certificate: string;
  /** What it was asked to connect to, `host:port`. */
  asked: string[];
  close(): Promise<void>;
}

function passOn(origin: string, asked: IncomingMessage, answer: ServerResponse): void {
  const { hostname, port } = new URL(origin);
  const { 'proxy-authorization': _, ...headers } = asked.headers;
  const sent = request({ hostname, port, method: asked.method, path: asked.url, headers, agent: false });
  sent.on('response', (got) => {
    answer.writeHead(got.statusCode ?? 502, got.rawHeaders);
    got.pipe(answer);
  });
  sent.on('error', () => answer.destroy());
  asked.pipe(sent);
}

/** A connection that stops being HTTP, such as a web socket. */
function passUpgrade(origin: string, asked: IncomingMessage, socket: Duplex): void {
  const { hostname, port } = new URL(origin);
  const sent = request({ hostname, port, path: asked.url, headers: asked.headers, agent: false });
  sent.on('upgrade', (got, other, head) => {
    const lines = got.rawHeaders.flatMap((name, n) => (n % 2 === 0 ? [`${name}: ${got.rawHeaders[n + 1]}`] : []));
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
    socket.write(head);
    other.pipe(socket).pipe(other);
    other.on('error', () => socket.destroy());
    socket.on('error', () => other.destroy());
  });
  sent.on('error', () => socket.destroy());
  sent.end();
}

export async function startInterceptingProxy({ names, login }: ProxyWish): Promise<InterceptingProxy> {
  const authority = createAuthority(Date.now());
  const asked: string[] = [];
  const issued = new Map<string, ReturnType<typeof createSecureContext>>();
  const sockets = new Set<Socket>();
  const contextOf = (host: string) => {
    const known = issued.get(host) ?? createSecureContext(authority.issue(host));
    issued.set(host, known);
    return known;
  };
  const wanted = login && `Basic ${Buffer.from(login).toString('base64')}`;
  const statusFor = (host: string, { headers }: IncomingMessage) => {
    if (wanted && headers['proxy-authorization'] !== wanted) return 407;
    return Object.hasOwn(names, host) ? 200 : 403;
  };

  const originOf = (host: string, path = '') => {
    const known = names[host] ?? '';
    return typeof known === 'string' ? known : known(path);
  };

  /** Serves what was in a tunnel to this host. */
  const inside = createServer((incoming, answer) => {
    const host = (incoming.headers.host ?? '').replace(/:\d+$/, '');
    passOn(originOf(host, incoming.url), incoming, answer);
  });
  inside.on('upgrade', (incoming: IncomingMessage, socket: Duplex) => {
    const host = (incoming.headers.host ?? '').replace(/:\d+$/, '');
    passUpgrade(originOf(host, incoming.url), incoming, socket);
  });
  const server = createServer((incoming, answer) => {
    const { hostname, host, pathname, search } = new URL(incoming.url ?? '');
    asked.push(host);
    const status = statusFor(hostname, incoming);
    if (status !== 200) return void answer.writeHead(status).end();
    incoming.url = pathname + search;
    passOn(originOf(hostname, incoming.url), incoming, answer);
  });
  server.on('connection', (socket) => sockets.add(socket));
  server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    socket.on('error', () => socket.destroy());
    const [host = ''] = (incoming.url ?? '').split(':');
    asked.push(incoming.url ?? '');
    const status = statusFor(host, incoming);
    if (status !== 200)
      return void socket.end(`HTTP/1.1 ${status} No\r\n${challenge}connection: close\r\ncontent-length: 0\r\n\r\n`);
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    const secure = new TLSSocket(socket, {
      isServer: true,
      secureContext: contextOf(host),
      ALPNProtocols: ['http/1.1'],
    });
    secure.on('error', () => socket.destroy());
    inside.emit('connection', secure);
  });
  const listener = await listenServer(server);
  return {
    url: listener.url,
    certificate: authority.certificate,
    asked,
    async close() {
      for (const socket of sockets) socket.destroy();
      await listener.close();
    },
  };
}
