import { expect, test } from 'vitest';
import { isDirect } from '../../src/outbound/no-proxy.ts';

const direct = (address: string, noProxy: string) => isDirect(new URL(address), noProxy);

test.each([
  ['https://example.com/', 'example.com'],
  ['https://git.example.com/', 'example.com'],
  ['https://git.example.com/', '.example.com'],
  ['https://git.example.com/', '*.example.com'],
  ['https://example.com/', '.example.com'],
  ['https://GIT.example.com./', 'other, Example.COM'],
  ['https://example.com:8443/', 'example.com:8443'],
  ['https://example.com/', 'example.com:443'],
  ['http://example.com/', 'a.example b.example example.com:80'],
  ['https://10.1.2.3/', '10.0.0.0/8'],
  ['https://10.1.2.3:8443/', '10.1.2.3'],
  ['https://[fd00::7]/', 'fd00::/8'],
  ['https://[fd00::7]:8443/', '[fd00::7]:8443'],
  ['https://anything.example/', '*'],
  ['http://127.0.0.1:1/', ''],
  ['http://127.9.9.9/', ''],
  ['http://[::1]:1/', ''],
  ['http://localhost/', ''],
])('%s is reached directly with NO_PROXY=%s', (address, noProxy) => {
  expect(direct(address, noProxy)).toBe(true);
});

test.each([
  ['https://example.com/', ''],
  ['https://notexample.com/', 'example.com'],
  ['https://example.com.evil.example/', 'example.com'],
  ['https://example.com/', 'git.example.com'],
  ['https://example.com/', 'example.com:8443'],
  ['https://11.1.2.3/', '10.0.0.0/8'],
  ['https://10.1.2.3/', '10.0.0.0/99'],
  ['https://10.1.2.3/', '2.3'],
  ['https://localhost.evil.example/', ''],
])('%s is reached through the proxy with NO_PROXY=%s', (address, noProxy) => {
  expect(direct(address, noProxy)).toBe(false);
});
