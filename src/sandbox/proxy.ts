/**
 * A sandbox's only way to the network: an HTTP proxy on a unix socket that reaches only a few listed hosts.
 *
 * CONNECT host:port       -> allowed? -> a tunnel to exactly the address that was checked; the program does TLS itself
 *                            and if the company has a proxy, a tunnel through that to exactly this name
 * GET http://host/path    -> allowed? -> forwarded without TLS, reads only
 * either, to a registry   -> TLS ends here with a certificate that only this sandbox trusts -> the token is added ->
 *                            a new TLS connection to the registry, reads only
 *
 * So every package manager needs only a proxy and a certificate as settings, and the addresses in its lock
 * files stay valid. The program never has a registry's token and cannot publish with it. Redirects are not followed here:
 * if a registry stores its archives on another host, that host must be listed in the domains.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { messageOf } from '../base/errors.ts';
import { type Listener, listenServer } from '../base/http.ts';
import type { Log } from '../base/log.ts';
import { proxyWords } from '../outbound/fault.ts';
import { openTunnel, TunnelRefused } from '../outbound/tunnel.ts';
import { deny, forward, isRead } from './proxy-forward.ts';
import { createRegistryServers, type RegistryOptions } from './proxy-registry.ts';
import type { Target } from './reach.ts';
import { findRegistry, type Registry } from './registry.ts';

export interface ProxyOptions extends RegistryOptions {
  socketPath: string;
  registries: readonly Registry[];
  connectionsMax: number;
  log: Log;
}

/** Parses the target of a CONNECT; the host is in lower case, without a trailing dot. */
function targetOf(authority: string): { host: string; port: number } | undefined {
  const [, host = '', port = ''] = /^([^:/\s]+):(\d{1,5})$/.exec(authority) ?? [];
  return host === '' ? undefined : { host: host.toLowerCase().replace(/\.$/, ''), port: Number(port) };
}

function plainTarget(url: string): { host: string; port: number; path: string } | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port, pathname, search } = new URL(url);
  if (protocol !== 'http:') return undefined;
  return { host: hostname.replace(/\.$/, ''), port: Number(port || 80), path: pathname + search };
}

/** Refuses a CONNECT with a status and a reason. */
function denyTunnel(socket: Socket, why: string): void {
  const text = `${why}\n`;
  const head = `HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(text)}`;
  socket.end(`${head}\r\nconnection: close\r\n\r\n${text}`);
}

/** Connects both sides until they end; an error on one side ends both. */
function join(socket: Socket, outside: Socket): void {
  const done = () => {};
  pipeline(socket, outside, done);
  pipeline(outside, socket, done);
}

/** A connection through the company's proxy, or why there is none. */
function throughProxy(
  proxy: URL,
  { address, port }: Target,
  { trusted, idleMs }: ProxyOptions,
): Promise<Socket | { why: string }> {
  return openTunnel({ proxy, host: address, port, trusted, timeoutMs: idleMs }).catch((error: unknown) =>
    error instanceof TunnelRefused
      ? proxyWords(error.status, address, 'the proxy')
      : { why: `the proxy does not answer: ${messageOf(error)}` },
  );
}

interface Ways {
  /** Handles a request with an absolute url. */
  read(request: IncomingMessage, response: ServerResponse): Promise<void>;
  tunnel(authority: string, socket: Socket, head: Buffer): Promise<void>;
}

function createWays(options: ProxyOptions, keep: (socket: Socket) => void): Ways {
  const { reach, registries, idleMs, log } = options;
  const registryServers = createRegistryServers(options);

  /** Resolves a host that is not a registry; a refusal is logged. */
  async function look(host: string, port: number): Promise<Target | { why: string }> {
    const target = await reach(host, port);
    if ('why' in target) log.warn({ host, port, why: target.why }, 'refused a connection from the sandbox');
    return target;
  }

  return {
    async read(request, response) {
      const asked = plainTarget(request.url ?? '');
      if (!asked) return deny(response, 400, 'this proxy handles only http:// urls and CONNECT');
      const { host, port, path } = asked;
      const registry = findRegistry(registries, host, port);
      if (registry) return registryServers.answer(registry, path, request, response);
      const target = await look(host, port);
      if ('why' in target) return deny(response, 403, target.why);
      if (!isRead(request)) return deny(response, 405, 'only reads are allowed without TLS');
      await forward({ hostname: host, target, path, idleMs, trusted: [], isSecure: false }, request, response);
    },

    async tunnel(authority, socket, head) {
      const asked = targetOf(authority);
      if (!asked) return denyTunnel(socket, `${authority} is not a host and port`);
      const { host, port } = asked;
      if (head.length > 0) socket.unshift(head);
      const established = () => socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      const registry = findRegistry(registries, host, port);
      if (registry) {
        established();
        return registryServers.take(registry, port, socket);
      }
      const target = await look(host, port);
      if ('why' in target) return denyTunnel(socket, target.why);
      const outside = target.proxy
        ? await throughProxy(target.proxy, target, options)
        : connect({ host: target.address, port: target.port }, established);
      if ('why' in outside) return denyTunnel(socket, outside.why);
      if (target.proxy) established();
      keep(outside);
      join(socket, outside);
    },
  };
}

/** Listens until it is closed; closing ends every connection. */
export async function openProxy(options: ProxyOptions): Promise<Listener> {
  const { socketPath, connectionsMax, idleMs, log } = options;
  const sockets = new Set<Socket>();

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.setTimeout(idleMs, () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
  }

  /** A bug in the proxy ends only one connection. */
  const endOnFault = (socket: Socket) => (error: unknown) => {
    log.error(messageOf(error));
    socket.destroy();
  };

  const ways = createWays(options, keep);
  const server = createServer((request, response) => {
    ways.read(request, response).catch(endOnFault(request.socket));
  });
  server.maxConnections = connectionsMax;
  server.on('connection', keep);
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    ways.tunnel(request.url ?? '', socket, head).catch(endOnFault(socket));
  });
  // Other users cannot enter the folder; the sandbox's user reaches the socket through a mount.
  const listener = await listenServer(server, { socketPath, mode: 0o666 });
  return {
    ...listener,
    async close() {
      for (const socket of sockets) socket.destroy();
      await listener.close();
    },
  };
}
