import { expect, test } from 'vitest';
import { agentConfigSchema } from '../../src/agents/config/config.ts';
import { checkUrls } from '../../src/agents/outside-urls.ts';
import { customerConfig } from './workspace.ts';

const emulator = 'http://127.0.0.1:9';

function agentAt(board: string, remote: string, instanceUrl: string, apiUrl = emulator) {
  const { devops, git, ...rest } = customerConfig('acme');
  const config = agentConfigSchema.parse({ ...rest, devops: { ...devops, baseUrl: board }, git: { ...git, apiUrl } });
  return { id: 'codechange/acme', config, locations: { remote, instanceUrl } } as Parameters<typeof checkUrls>[0];
}

test('with loopback allowed every address is on loopback, without it none is', () => {
  const emulated = agentAt(emulator, emulator, 'http://localhost:9', 'http://[::1]:9');
  expect(checkUrls(emulated, true)).toBeUndefined();
  expect(checkUrls(emulated, false)).toMatchObject({ refused: 'CONFIG_INVALID' });
  const real = agentAt(
    'https://dev.azure.com',
    'https://example.com/a.git',
    'https://acme.example.com',
    'https://api.example.com',
  );
  expect(checkUrls(real, false)).toBeUndefined();
  expect(checkUrls(real, true)).toMatchObject({
    refused: 'CONFIG_INVALID',
    why: expect.stringContaining('https://dev.azure.com'),
  });
});

test('one address of the other world is enough, and is named', () => {
  const mixed = agentAt(emulator, emulator, 'https://localhost.example.com');
  expect(checkUrls(mixed, true)?.why).toContain('https://localhost.example.com');
  const own = agentAt('https://dev.azure.com', 'https://example.com/a.git', emulator, 'https://api.example.com');
  expect(checkUrls(own, false)?.why).toContain(emulator);
});
