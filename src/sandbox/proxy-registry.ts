/** Acts as the package registries for a program in the sandbox, and adds a token that the program never sees. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { Authority } from './certificate.ts';
import { deny, forward, isRead } from './proxy-forward.ts';
import type { Reach } from './reach.ts';
import type { Registry } from './registry.ts';

export interface RegistryOptions {
  reach: Reach;
  /** Signs the certificates shown inside; needed if a registry uses TLS. */
  authority: Authority | undefined;
  /** The authorities that must have signed the registries' certificates, PEM. */
  trusted: readonly string[];
  /** The longest silence of a connection, in milliseconds. */
  idleMs: number;
}

/** Creates a server for each registry. The servers never listen: connections are handed to them. */
export function createRegistryServers(options: RegistryOptions) {
  const { reach, authority, trusted, idleMs } = options;
  const contexts = new Map<string, SecureContext>();
  const servers = new Map<Registry, Server>();

  async function answer(registry: Registry, path: string, request: IncomingMessage, response: ServerResponse) {
    if (!isRead(request)) return deny(response, 405, 'a registry can only be read from the sandbox');
    if (!path.startsWith('/')) return deny(response, 400, 'the path must begin with a slash');
    const { hostname, authorization, secure } = registry;
    const target = await reach(hostname, registry.port);
    if ('why' in target) return deny(response, 403, target.why);
    const asked = { hostname, target, authorization, path, idleMs, trusted, isSecure: secure };
    await forward(asked, request, response);
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
    /** Acts as the registry on a connection to this port of it. */
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
