/**
 * The network of a program in the sandbox: none, or a few hosts through a proxy.
 *
 * program -> 127.0.0.1:3128 inside -> socat -> unix socket, mounted -> proxy outside
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { limits } from '../limits.ts';
import { trustedWith } from '../outbound/authorities.ts';
import type { Outbound } from '../outbound/outbound.ts';
import { createAuthority } from './certificate.ts';
import type { Mount, SandboxSpec } from './layout.ts';
import { openProxy } from './proxy.ts';
import type { Reach } from './reach.ts';
import { placeOf, type Registry } from './registry.ts';

export interface Network {
  /** Adds this network to a program. */
  through(spec: SandboxSpec): SandboxSpec;
  close(): Promise<void>;
}

export interface NetworkOptions {
  /**
   * Where the network creates and removes its own folder. The path must be short, because the path of a socket can have at most 107
   * bytes.
   */
  folder: string;
  /** Host names and `*.` patterns, on ports 443 and 80; for emulators also `127.0.0.1:PORT`. */
  domains: readonly string[];
  registries: readonly Registry[];
  /** Decides for all these places. */
  reachOf: (places: readonly string[]) => Reach;
  outbound: Pick<Outbound, 'trusted'>;
  /** Told of each place, as `host:port`, that a program asked for and may not reach. */
  refused: (place: string) => void;
  clock: Clock;
  log: Log;
}

/** A network with no way out. */
export const noNetwork: Network = { through: (spec) => spec, close: async () => {} };

const socketInside = '/run/proxy.sock';
const certificatesInside = '/run/certificates.pem';
const port = '3128';
const proxyUrl = `http://127.0.0.1:${port}`;

/** Starts the program as soon as the port is open. */
const bridge = `/usr/bin/socat TCP-LISTEN:${port},bind=127.0.0.1,fork,reuseaddr UNIX-CONNECT:${socketInside} </dev/null >/dev/null 2>&1 &
for _ in {1..200}; do (: </dev/tcp/127.0.0.1/${port}) 2>/dev/null && break; /bin/sleep 0.02; done
exec "$@"`;

/** Environment variables that tell programs which certificate authorities to trust. */
const certificateNames = [
  'SSL_CERT_FILE',
  'NODE_EXTRA_CA_CERTS',
  'REQUESTS_CA_BUNDLE',
  'PIP_CERT',
  'CURL_CA_BUNDLE',
  'CARGO_HTTP_CAINFO',
  'GIT_SSL_CAINFO',
  'npm_config_cafile',
];

function environmentFor(places: readonly string[], withCertificates: boolean): Record<string, string> {
  const isListed = places.some((place) => place.startsWith('127.0.0.1:'));
  const named = (names: readonly string[], value: string) => Object.fromEntries(names.map((name) => [name, value]));
  return {
    ...named(['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'], proxyUrl),
    // Loopback belongs to the sandbox itself; if an emulator is listed, only the name localhost does.
    ...named(['NO_PROXY', 'no_proxy'], isListed ? 'localhost' : 'localhost,127.0.0.1,[::1]'),
    NODE_USE_ENV_PROXY: '1',
    // npm's requests that are not for packages would fail.
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
    ...(withCertificates ? named(certificateNames, certificatesInside) : {}),
  };
}

function wrap(spec: SandboxSpec, env: Record<string, string>, mounts: readonly Mount[]): SandboxSpec {
  return {
    ...spec,
    program: '/bin/bash',
    args: ['-c', bridge, 'network', spec.program, ...spec.args],
    env: { ...spec.env, ...env },
    mounts: [...spec.mounts, ...mounts],
  };
}

/** Opens the proxy for these hosts; without any host there is no network. */
export async function openNetwork(options: NetworkOptions): Promise<Network> {
  const { folder, domains, registries, reachOf, outbound, refused, clock, log } = options;
  const places = [...domains, ...registries.map(placeOf)];
  if (places.length === 0) return noNetwork;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const own = mkdtempSync(join(folder, 'n-'));
  const [socketPath, certificates] = [join(own, 'proxy.sock'), join(own, 'certificates.pem')];
  const reach = reachOf(places);
  const trusted = outbound.trusted() ?? trustedWith([]);
  const authority = registries.some(({ secure }) => secure) ? createAuthority(clock.now()) : undefined;
  const mounts: Mount[] = [{ source: socketPath, target: socketInside, writable: true }];
  // Programs inside meet our own authority, and that of a proxy which intercepts. Certificates are no secret.
  const withCertificates = authority !== undefined || outbound.trusted() !== undefined;
  if (withCertificates) {
    writeFileSync(certificates, [...trusted, authority?.certificate ?? ''].join('\n'));
    chmodSync(certificates, 0o644);
    mounts.push({ source: certificates, target: certificatesInside });
  }
  const proxy = await openProxy({
    socketPath,
    async reach(host, port) {
      const target = await reach(host, port);
      if ('why' in target) refused(`${host}:${port}`);
      return target;
    },
    registries,
    authority,
    trusted,
    connectionsMax: limits.proxyConnectionsMax,
    idleMs: limits.proxyIdleSeconds * 1_000,
    log,
  });
  const env = environmentFor(places, withCertificates);
  return {
    through: (spec) => wrap(spec, env, mounts),
    async close() {
      await proxy.close();
      rmSync(own, { recursive: true, force: true });
    },
  };
}
