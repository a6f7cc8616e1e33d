/**
 * The only way from a sandbox to a network: an HTTP proxy on a unix socket, which knows a few places and no others.
 *
 * CONNECT host:port       -> allowed? -> a tunnel to the very address that was checked; TLS stays the program's own
 * GET http://host/path    -> allowed? -> sent on in the clear, reads only
 * either, to a registry   -> TLS ends here under an authority that only this sandbox trusts -> the token is added ->
 *                            a new TLS connection to the registry, reads only
 *
 * So a program needs no setting but a proxy and a certificate, whatever its package manager, and the addresses in its lock
 * files stay as they are. It never holds a registry's token, and cannot publish with it. Redirects are not followed here:
 * a registry that keeps its archives elsewhere needs that place among the domains.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { messageOf } from '../base/errors.ts';
import { type Listener, listenServer } from '../base/http.ts';
import type { Log } from '../base/log.ts';
import type { Authority } from './certificate.ts';
import { deny, forward } from './proxy-forward.ts';
import type { Reach } from './reach.ts';
import { findRegistry, type Registry } from './registry.ts';

export interface ProxyOptions {
  socketPath: string;
  /** Registries are reached by it too. */
  reach: Reach;
  registries: readonly Registry[];
  /** Signs for the registries, inside. */
  authority: Authority | undefined;
  /** Authorities that the registries prove themselves to, PEM. */
  trusted: readonly string[];
  connectionsMax: number;
  idleMs: number;
  log: Log;
}

const reads = ['GET', 'HEAD'];

/** Host and port of a CONNECT's target; the host in lower case, without a trailing dot. */
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

/** Ends a CONNECT with a status and a reason. */
function denyTunnel(socket: Socket, why: string): void {
  const text = `${why}\n`;
  const head = `HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(text)}`;
  socket.end(`${head}\r\nconnection: close\r\n\r\n${text}`);
}

/** Each way until its end; an error on one side ends both. */
function join(socket: Socket, outside: Socket): void {
  const done = () => {};
  pipeline(socket, outside, done);
  pipeline(outside, socket, done);
}

/** For each registry a server that never listens: connections are handed to it. */
function createRegistryServers(options: ProxyOptions) {
  const { reach, authority, trusted, idleMs } = options;
  const contexts = new Map<string, SecureContext>();
  const servers = new Map<Registry, Server>();

  async function answer(registry: Registry, path: string, request: IncomingMessage, response: ServerResponse) {
    if (!reads.includes(request.method ?? '')) return deny(response, 405, 'registries are only read from here');
    if (!path.startsWith('/')) return deny(response, 400, 'this is no path');
    const { hostname, authorization, secure } = registry;
    const target = await reach(hostname, registry.port);
    if ('why' in target) return deny(response, 403, target.why);
    forward({ hostname, target, authorization, path, idleMs, ...(secure ? { trusted } : {}) }, request, response);
  }

  function serverOf(registry: Registry): Server {
    const known = servers.get(registry);
    if (known) return known;
    const server = createServer((request, response) => {
      answer(registry, request.url ?? '', request, response).catch(() => response.destroy());
    });
    servers.set(registry, server);
    return server;
  }

  function contextOf(hostname: string): SecureContext | undefined {
    if (!contexts.has(hostname) && authority) contexts.set(hostname, createSecureContext(authority.issue(hostname)));
    return contexts.get(hostname);
  }

  return {
    answer,
    /** Speaks for the registry on a connection that asked for this port of it. */
    take(registry: Registry, port: number, socket: Socket): void {
      const secureContext = registry.secure && port === registry.port ? contextOf(registry.hostname) : undefined;
      const inner = secureContext
        ? new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] })
        : socket;
      inner.on('error', () => socket.destroy());
      serverOf(registry).emit('connection', inner);
    },
  };
}

/** Listens until closed; a close ends every connection. */
export async function openProxy(options: ProxyOptions): Promise<Listener> {
  const { socketPath, reach, registries, connectionsMax, idleMs, log } = options;
  const registryServers = createRegistryServers(options);
  const sockets = new Set<Socket>();

  const note = (host: string, port: number, why: string) => log.warn({ host, port, why }, 'sandbox was kept in');

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.setTimeout(idleMs, () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
  }

  async function read(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = plainTarget(request.url ?? '');
    if (!asked) return deny(response, 400, 'this is a proxy for http and CONNECT');
    const { host, port, path } = asked;
    const registry = findRegistry(registries, host, port);
    if (registry) return registryServers.answer(registry, path, request, response);
    const target = await reach(host, port);
    if ('why' in target) {
      note(host, port, target.why);
      return deny(response, 403, target.why);
    }
    if (!reads.includes(request.method ?? '')) return deny(response, 405, 'without TLS there are only reads');
    forward({ hostname: host, target, path, idleMs }, request, response);
  }

  async function tunnel(authority: string, socket: Socket, head: Buffer): Promise<void> {
    const asked = targetOf(authority);
    if (!asked) return denyTunnel(socket, `${authority} is no host and port`);
    const { host, port } = asked;
    const registry = findRegistry(registries, host, port);
    const target = registry ? undefined : await reach(host, port);
    if (target && 'why' in target) {
      note(host, port, target.why);
      return denyTunnel(socket, target.why);
    }
    if (head.length > 0) socket.unshift(head);
    const established = () => socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (registry) {
      established();
      return registryServers.take(registry, port, socket);
    }
    if (!target) return;
    const outside = connect({ host: target.address, port: target.port }, established);
    keep(outside);
    join(socket, outside);
  }

  /** A fault of ours ends one connection and no more. */
  const endOnFault = (socket: Socket) => (error: unknown) => {
    log.error(messageOf(error));
    socket.destroy();
  };

  const server = createServer((request, response) => {
    read(request, response).catch(endOnFault(request.socket));
  });
  server.maxConnections = connectionsMax;
  server.on('connection', keep);
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    tunnel(request.url ?? '', socket, head).catch(endOnFault(socket));
  });
  // The folder is closed to others; the sandbox's user comes in by a mount of the socket alone.
  const listener = await listenServer(server, { socketPath, mode: 0o666 });
  return {
    ...listener,
    async close() {
      for (const socket of sockets) socket.destroy();
      await listener.close();
    },
  };
}
