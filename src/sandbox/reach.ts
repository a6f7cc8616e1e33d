/**
 * Where the proxy may connect: a listed place, by a public address that was checked after the name was resolved.
 *
 * place listed? -> port 443 or 80? -> resolve -> every address public? -> one of them, to connect to and nothing else
 */
import { ADDRCONFIG } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isPublicAddress } from './public-address.ts';

export interface Target {
  address: string;
  port: number;
}

/** The address to connect to for a host and a port that a program asked for, or why not. */
export type Reach = (host: string, port: number) => Promise<Target | { why: string }>;

export interface ReachOptions {
  /** Host names, `*.` patterns, and for emulators `127.0.0.1:PORT`. */
  places: readonly string[];
  /** Lets the loopback places among them be reached. */
  allowLoopback: boolean;
  /** All addresses of a name; the system's resolver by default. */
  resolve?: (host: string) => Promise<readonly string[]>;
}

const ports = [443, 80];

async function resolveBySystem(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true, order: 'ipv4first', hints: ADDRCONFIG });
  return found.map(({ address }) => address);
}

const matches = (host: string) => (pattern: string) =>
  pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;

/** Asks the resolver anew each time. */
export async function reachPlace(options: ReachOptions, host: string, port: number): Promise<Target | { why: string }> {
  const { places, allowLoopback, resolve = resolveBySystem } = options;
  if (allowLoopback && host === '127.0.0.1' && places.includes(`${host}:${port}`)) return { address: host, port };
  if (!places.some(matches(host))) return { why: `${host} is not among the allowed domains` };
  if (!ports.includes(port)) return { why: `port ${port} of ${host} is closed, only 443 and 80 are open` };
  const addresses = isIP(host) ? [host] : await resolve(host).catch(() => []);
  const [address] = addresses;
  if (address === undefined) return { why: `${host} has no address` };
  // One bad address among good ones is how a name is turned against us.
  if (!addresses.every(isPublicAddress)) return { why: `${host} leads to an address that is not public` };
  return { address, port };
}
