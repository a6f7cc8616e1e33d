/** Which addresses belong to the public internet; all others lead back to this machine, its neighbours or its cloud's own services. */
import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** IANA's special-purpose addresses (RFC 6890 and its registry), multicast, and Azure's platform address. */
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

/** Global unicast; loopback, link-local, unique local, IPv4-mapped and translated addresses all lie outside it. */
const global6 = ['2000::/3'];
/** Within that: protocol assignments with Teredo, documentation, 6to4, whose inner address may be anything. */
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

/** Whether an address, as text, is a public one; what is no plain address is none. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !closed4.check(address, 'ipv4');
  if (!isIPv6(address) || address.includes('%')) return false;
  return open6.check(address, 'ipv6') && !closed6.check(address, 'ipv6');
}
