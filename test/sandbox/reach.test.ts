/** Which places a program may be connected to, with a resolver of the test. */
import { describe, expect, it } from 'vitest';
import { reachFrom } from '../../src/sandbox/reach.ts';
import { direct } from '../outbound/direct.ts';

const names: Record<string, string[]> = {
  'registry.example': ['93.184.216.34', '2606:4700::1111'],
  'a.cdn.example': ['93.184.216.35'],
  'cdn.example': ['93.184.216.36'],
  'turned.example': ['127.0.0.1'],
  'meta.example': ['169.254.169.254'],
  'mixed.example': ['93.184.216.34', '10.0.0.7'],
  'mapped.example': ['::ffff:10.0.0.7'],
  'inside.example': ['fd12::1'],
};
const places = [...Object.keys(names).filter((name) => !name.includes('cdn')), '*.cdn.example', 'gone.example'];

const listed = [...places, '10.0.0.7', '127.0.0.1:4873', '127.0.0.1'];
const options = {
  allowLoopback: true,
  outbound: direct,
  resolve: async (host: string) => names[host] ?? Promise.reject(new Error('ENOTFOUND')),
};
const reach = reachFrom(options)(listed);
const whyNot = async (host: string, port = 443) => {
  const target = await reach(host, port);
  return 'why' in target ? target.why : expect.unreachable(`${host} is open`);
};

describe("a place behind the company's proxy", () => {
  const proxy = new URL('http://me:canary@proxy.example:8080');
  const outbound = { proxyFor: ({ hostname }: URL) => (hostname === 'registry.example' ? undefined : proxy) };
  const through = reachFrom({ ...options, outbound })([...listed, '*.wide.example', 'box', 'nexus.lan', '*.home.arpa']);
  const refusalOf = async (host: string, port = 443) => ({ why: '', ...(await through(host, port)) }).why;

  it('is connected to by its name, whether or not this machine knows an address', async () => {
    for (const address of ['gone.example', 'a.cdn.example', 'a.wide.example'])
      expect(await through(address, 443)).toEqual({ address, port: 443, proxy });
  });

  it('that is reached directly is still connected to by the address that was checked', async () => {
    expect(await through('registry.example', 443)).toEqual({ address: '93.184.216.34', port: 443 });
  });

  it('must be listed by exactly its name, at one of two ports', async () => {
    for (const host of ['other.example', 'gone.example.evil', 'wide.example', 'a#.wide.example', 'a@.wide.example'])
      expect(await refusalOf(host)).toMatch(/not one of the allowed domains/);
    for (const host of ['10.0.0.7?.wide.example', 'a%00.wide.example', 'a\\.wide.example', '.wide.example'])
      expect(await refusalOf(host)).toMatch(/not one of the allowed domains/);
    expect(await refusalOf('gone.example', 22)).toMatch(/port/);
  });

  it('is closed if its name is one of a local network, or known here as an internal address', async () => {
    for (const host of ['box', 'nexus.lan', 'printer.home.arpa'])
      expect(await refusalOf(host)).toMatch(/local network/);
    for (const name of ['turned', 'meta', 'mixed', 'inside'])
      expect(await refusalOf(`${name}.example`)).toMatch(/not public/);
    expect(await refusalOf('10.0.0.7')).toMatch(/not public/);
  });
});

describe('a place', () => {
  it('that is listed is connected to by the address that was checked', async () => {
    expect(await reach('registry.example', 443)).toEqual({ address: '93.184.216.34', port: 443 });
    expect(await reach('registry.example', 80)).toEqual({ address: '93.184.216.34', port: 80 });
    expect(await reach('a.cdn.example', 443)).toEqual({ address: '93.184.216.35', port: 443 });
  });

  it('that is not listed, or only half, stays closed', async () => {
    for (const host of ['other.example', 'cdn.example', 'xcdn.example', 'registry.example.evil', '93.184.216.34']) {
      expect(await whyNot(host)).toMatch(/not one of the allowed domains/);
    }
  });

  it('is open at two ports only', async () => {
    for (const port of [22, 25, 8443, 0]) expect(await whyNot('registry.example', port)).toMatch(/port/);
  });

  it('is closed if any of its addresses leads back to us', async () => {
    for (const name of ['turned', 'meta', 'mixed', 'mapped', 'inside']) {
      expect(await whyNot(`${name}.example`)).toMatch(/not public/);
    }
    expect(await whyNot('10.0.0.7')).toMatch(/not public/);
    expect(await whyNot('gone.example')).toMatch(/no address/);
  });

  it('on loopback is open for emulators, by its very port', async () => {
    expect(await reach('127.0.0.1', 4873)).toEqual({ address: '127.0.0.1', port: 4873 });
    expect(await whyNot('127.0.0.1', 4874)).toMatch(/not allowed/);
    expect(await whyNot('127.0.0.1', 80)).toMatch(/not public/);
    const real = reachFrom({ ...options, allowLoopback: false })(['127.0.0.1:4873']);
    expect(await real('127.0.0.1', 4873)).toHaveProperty('why');
  });
});
