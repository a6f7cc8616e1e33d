/**
 * Decides where the sandbox's proxy may connect: to a listed host, at a public address.
 *
 * host listed? -> port 443 or 80? -> resolve -> every address public? -> exactly one of them to connect to
 *
 * With the company's proxy in between, that proxy resolves the name. Then the name must be one of the internet, and if this machine
 * knows an address for it, that must be public too.
 */
import { ADDRCONFIG } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Outbound } from '../outbound/outbound.ts';
import { isPublicAddress } from './public-address.ts';

export interface Target {
  /** An address; a name only if `proxy` resolves it. */
  address: string;
  port: number;
  /** The company's proxy that it is reached through. */
  proxy?: URL;
}

/** The address to connect to for a requested host and port, or why not. */
export type Reach = (host: string, port: number) => Promise<Target | { why: string }>;

export interface ReachOptions {
  /** Whether loopback places may be reached. */
  allowLoopback: boolean;
  outbound: Pick<Outbound, 'proxyFor'>;
  /** Returns all addresses of a name; the system's resolver by default. */
  resolve?: (host: string) => Promise<readonly string[]>;
}

const ports = [443, 80];
/** Whoever reads a name must read the same one: a proxy might cut one with other characters short. */
const nameForm = /^(?!-)[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;
/** Endings that no public name has (RFC 6762, RFC 8375, RFC 6761, ICANN's reserved `internal`), and what networks use like them. */
const localForm =
  /^[^.]+$|\.(local|localhost|localdomain|internal|intranet|lan|home|corp|private|home\.arpa|test|invalid|onion)$/;
/** How long this machine's own resolver is waited for where it need not know the name. */
const ownLookupMs = 2_000;

async function resolveBySystem(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true, order: 'ipv4first', hints: ADDRCONFIG });
  return found.map(({ address }) => address);
}

const matches = (host: string) => (pattern: string) =>
  pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;

const urlOf = (host: string, port: number) =>
  new URL(`${port === 443 ? 'https' : 'http'}://${isIP(host) === 6 ? `[${host}]` : host}`);

/**
 * Returns what decides for a list of places: host names, `*.` patterns, and for emulators `127.0.0.1:PORT`. A name is resolved again
 * for each call, except for the proxy's.
 */
export function reachFrom({ allowLoopback, outbound, resolve = resolveBySystem }: ReachOptions) {
  return (places: readonly string[]): Reach => {
    const known = new Map<string, Promise<readonly string[]>>();

    /** Resolved once: nobody connects to these addresses. A resolver that knows no name of the internet may never answer. */
    function resolveSoon(host: string): Promise<readonly string[]> {
      const found = known.get(host) ?? Promise.race([resolve(host), pause(ownLookupMs, [], { ref: false })]);
      known.set(host, found);
      return found;
    }

    return async (host, port) => {
      if (allowLoopback && host === '127.0.0.1' && places.includes(`${host}:${port}`)) return { address: host, port };
      const isName = isIP(host) === 0;
      if (!places.some(matches(host)) || (isName && !nameForm.test(host)))
        return { why: `${host} is not one of the allowed domains` };
      if (!ports.includes(port)) return { why: `port ${port} of ${host} is not allowed, only 443 and 80 are` };
      const proxy = outbound.proxyFor(urlOf(host, port));
      if (proxy && isName && localForm.test(host)) return { why: `${host} is a name of a local network` };
      const resolving = proxy ? resolveSoon : resolve;
      const addresses = isName ? await resolving(host).catch(() => []) : [host];
      // An attacker can add one internal address to a name's public ones.
      if (!addresses.every(isPublicAddress)) return { why: `${host} resolves to an address that is not public` };
      if (proxy) return { address: host, port, proxy };
      const [address] = addresses;
      return address === undefined ? { why: `${host} has no address` } : { address, port };
    };
  };
}
