import { expect, test } from 'vitest';
import { gitConfig } from '../../src/agents/config-git.ts';
import { azureReposOf, providerOf } from '../../src/agents/provider.ts';

test.each([
  ['https://dev.azure.com/acme/Web%20Shop/_git/app', 'https://dev.azure.com', 'acme', 'Web Shop', 'app'],
  ['https://dev.azure.com/acme/_git/app', 'https://dev.azure.com', 'acme', 'app', 'app'],
  ['https://acme.visualstudio.com/Web/_git/app', 'https://dev.azure.com', 'acme', 'Web', 'app'],
  ['https://acme.visualstudio.com/DefaultCollection/_git/app', 'https://dev.azure.com', 'acme', 'app', 'app'],
  ['https://tfs.example.com/tfs/Main/Web/_git/app/', 'https://tfs.example.com/tfs', 'Main', 'Web', 'app'],
])('%s names its organization, project and repository', (remote, baseUrl, organization, project, repository) => {
  expect(azureReposOf(remote)).toEqual({ baseUrl, organization, project, repository });
});

test.each(['https://github.com/acme/app.git', 'https://host.example/_git/app', 'nonsense'])(
  '%s names none',
  (remote) => {
    expect(azureReposOf(remote)).toBeUndefined();
  },
);

const agent = (remote: string, provider?: 'github' | 'azure-repos') => ({
  config: { git: gitConfig.parse({ customerBranch: 'main', branchPrefix: 'agent/', provider }) },
  locations: { remote },
});

test('the provider is what the configuration says, else what the remote looks like', () => {
  type Asked = Parameters<typeof providerOf>[0];
  const of = (...asked: Parameters<typeof agent>) => providerOf(agent(...asked) as unknown as Asked);
  expect(of('https://github.com/acme/app.git')).toBe('github');
  expect(of('https://dev.azure.com/acme/Web/_git/app')).toBe('azure-repos');
  expect(of('https://git.example.com/acme/_git/app', 'github')).toBe('github');
});
