/** Addresses that lead back to us are told from the public internet. */
import { describe, expect, it } from 'vitest';
import { isPublicAddress } from '../../src/sandbox/public-address.ts';

describe('an address', () => {
  it.each(['93.184.216.34', '8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450:4001::200e'])(
    '%s is public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each([
    ['loopback', ['127.0.0.1', '127.8.9.10', '0.0.0.0', '::1', '::']],
    ['link-local and metadata', ['169.254.169.254', '168.63.129.16', '100.100.100.200', 'fe80::1', 'fd00:ec2::254']],
    ['private', ['10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', 'fc00::1', 'fec0::1']],
    ['IPv4 in IPv6', ['::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:a9fe:a9fe', '64:ff9b::7f00:1', '2002:7f00:1::']],
    ['of no one host', ['224.0.0.1', '255.255.255.255', '240.0.0.1', 'ff02::1', '198.18.0.1', '2001:db8::1']],
    ['no address', ['', 'localhost', '127.1', '2130706433', '0x7f000001', 'fe80::1%eth0', '2606:4700::1%lo']],
  ])('%s is not', (_, addresses) => {
    expect(addresses.filter(isPublicAddress)).toEqual([]);
  });
});
