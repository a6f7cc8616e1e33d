/**
 * Which addresses belong to the public internet. All others lead to this machine, its local network or its cloud's internal
 * services.
 */
import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** IANA's special-purpose addresses (RFC 6890 and its registry), multicast, and the address of Azure's platform services. */
const special4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];

/** Global unicast. It does not include loopback, link-local, unique local, IPv4-mapped and translated addresses. */
const global6 = ['2000::/3'];
/** Exceptions within global unicast: protocol assignments with Teredo, documentation, and 6to4, which can embed any address. */
const special6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

function listOf(subnets: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [network = '', prefix] = subnet.split('/');
    list.addSubnet(network, Number(prefix), family);
  }
  return list;
}

const closed4 = listOf(special4, 'ipv4');
const open6 = listOf(global6, 'ipv6');
const closed6 = listOf(special6, 'ipv6');

/** Whether a text is a public IP address; false for anything that is not a plain address. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !closed4.check(address, 'ipv4');
  if (!isIPv6(address) || address.includes('%')) return false;
  return open6.check(address, 'ipv6') && !closed6.check(address, 'ipv6');
}
