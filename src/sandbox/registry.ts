/** A package registry as the proxy knows it: its place, and the token that programs inside use without ever holding it. */

export interface Registry {
  hostname: string;
  port: number;
  /** TLS; only a registry on loopback goes without. */
  secure: boolean;
  /** The header's whole value. */
  authorization: string;
}

/** `host` is a name, whose port is 443, or `127.0.0.1:PORT`; a token with its own `Basic` or `Bearer` goes as it stands, others as bearer. */
export function registryOf(host: string, token: string): Registry {
  const authorization = /^(Basic|Bearer) /.test(token) ? token : `Bearer ${token}`;
  const [hostname = '', port] = host.split(':');
  return { hostname, port: Number(port ?? 443), secure: port === undefined, authorization };
}

/** A registry is meant by its plain port too: whoever asks for it in the clear is answered over TLS. */
export function findRegistry(registries: readonly Registry[], host: string, port: number): Registry | undefined {
  return registries.find(
    (registry) => registry.hostname === host && (registry.port === port || (registry.secure && port === 80)),
  );
}

/** The place as `sandbox.registries` names it. */
export const placeOf = ({ hostname, port, secure }: Registry) => (secure ? hostname : `${hostname}:${port}`);
