/**
 * Who is reached without the proxy: the forms of NO_PROXY, the same for every client of ours.
 *
 * `*`, a host and all below it (`example.com`, `.example.com`, `*.example.com`), an address, a range (`10.0.0.0/8`), each also with
 * a port (`host:8443`). Loopback is never proxied.
 */
import { BlockList, isIP } from 'node:net';

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

const isLoopback = (host: string) =>
  host === 'localhost' || host.endsWith('.localhost') || (isIP(host) > 0 && loopback.check(host, familyOf(host)));

/** Whether an address or a range in NO_PROXY covers this address. */
function covers(entry: string, address: string): boolean {
  const [network = '', bits] = entry.split('/');
  if (isIP(network) === 0 || isIP(address) !== isIP(network)) return false;
  const size = isIP(network) === 6 ? 128 : 32;
  const prefix = bits === undefined ? size : Number(bits);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > size) return false;
  const list = new BlockList();
  list.addSubnet(network, prefix, familyOf(network));
  return list.check(address, familyOf(address));
}

/** The entry's host and port; a bare IPv6 address has colons of its own. */
function partsOf(entry: string): { name: string; port: string | undefined } {
  const [, inBrackets, portAfter] = /^\[([^\]]+)\](?::(\d+))?$/.exec(entry) ?? [];
  if (inBrackets !== undefined) return { name: inBrackets, port: portAfter };
  const [, name, port] = /^([^:]+):(\d+)$/.exec(entry) ?? [];
  return { name: name ?? entry, port };
}

function isMatch(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const { name, port: only } = partsOf(entry);
  if (only !== undefined && only !== port) return false;
  if (isIP(host) > 0) return covers(name, host);
  const domain = name.replace(/^\*?\./, '').replace(/\.$/, '');
  return host === domain || host.endsWith(`.${domain}`);
}

/** Whether this url is reached directly although there is a proxy. */
export function isDirect({ hostname, port, protocol }: URL, noProxy: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isLoopback(host)) return true;
  const portOf = port || (protocol === 'https:' ? '443' : '80');
  const entries = noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  return entries.some((entry) => isMatch(entry, host, portOf));
}
