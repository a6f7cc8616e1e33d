/** A package registry as the proxy knows it: its address, and the token that programs inside use without seeing it. */

export interface Registry {
  hostname: string;
  port: number;
  /** Whether it uses TLS; only a registry on loopback does not. */
  secure: boolean;
  /** The complete value of the `authorization` header. */
  authorization: string;
}

/**
 * `host` is a name (port 443) or `127.0.0.1:PORT`. A token that begins with `Basic` or `Bearer` is sent as it is, others with
 * `Bearer`.
 */
export function registryOf(host: string, token: string): Registry {
  const authorization = /^(Basic|Bearer) /.test(token) ? token : `Bearer ${token}`;
  const [hostname = '', port] = host.split(':');
  return { hostname, port: Number(port ?? 443), secure: port === undefined, authorization };
}

/** Finds a registry by host and port. Port 80 means the registry too: the proxy reads it over TLS. */
export function findRegistry(registries: readonly Registry[], host: string, port: number): Registry | undefined {
  return registries.find(
    (registry) => registry.hostname === host && (registry.port === port || (registry.secure && port === 80)),
  );
}

/** The registry's name in `sandbox.registries`. */
export const placeOf = ({ hostname, port, secure }: Registry) => (secure ? hostname : `${hostname}:${port}`);
