/**
 * Decides where the proxy may connect: to a listed host, at a public address that is checked after the name is resolved.
 *
 * host listed? -> port 443 or 80? -> resolve -> every address public? -> exactly one of them to connect to
 */
import { ADDRCONFIG } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isPublicAddress } from './public-address.ts';

export interface Target {
  address: string;
  port: number;
}

/** The address to connect to for a requested host and port, or why not. */
export type Reach = (host: string, port: number) => Promise<Target | { why: string }>;

export interface ReachOptions {
  /** Host names, `*.` patterns, and for emulators `127.0.0.1:PORT`. */
  places: readonly string[];
  /** Whether loopback places may be reached. */
  allowLoopback: boolean;
  /** Returns all addresses of a name; the system's resolver by default. */
  resolve?: (host: string) => Promise<readonly string[]>;
}

const ports = [443, 80];

async function resolveBySystem(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true, order: 'ipv4first', hints: ADDRCONFIG });
  return found.map(({ address }) => address);
}

const matches = (host: string) => (pattern: string) =>
  pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;

/** Resolves the name again for each call. */
export async function reachPlace(options: ReachOptions, host: string, port: number): Promise<Target | { why: string }> {
  const { places, allowLoopback, resolve = resolveBySystem } = options;
  if (allowLoopback && host === '127.0.0.1' && places.includes(`${host}:${port}`)) return { address: host, port };
  if (!places.some(matches(host))) return { why: `${host} is not one of the allowed domains` };
  if (!ports.includes(port)) return { why: `port ${port} of ${host} is not allowed, only 443 and 80 are` };
  const addresses = isIP(host) ? [host] : await resolve(host).catch(() => []);
  const [address] = addresses;
  if (address === undefined) return { why: `${host} has no address` };
  // An attacker can add one internal address to a name's public ones.
  if (!addresses.every(isPublicAddress)) return { why: `${host} resolves to an address that is not public` };
  return { address, port };
}
