import { expect, test } from 'vitest';
import { azureReposOf } from '../../src/agents/azure-remote.ts';
import { devopsConfig } from '../../src/agents/config/devops.ts';
import { gitConfig } from '../../src/agents/config/git.ts';
import { codeHostPlaceOf } from '../../src/agents/provider.ts';

test.each([
  ['https://dev.azure.com/acme/Web%20Shop/_git/app', 'https://dev.azure.com', 'acme', 'Web Shop', 'app'],
  ['https://dev.azure.com/acme/_git/app', 'https://dev.azure.com', 'acme', 'app', 'app'],
  ['https://dev.azure.com/acme/Web/_git/_full/app', 'https://dev.azure.com', 'acme', 'Web', 'app'],
  ['https://acme.visualstudio.com/Web/_git/app', 'https://dev.azure.com', 'acme', 'Web', 'app'],
  ['https://acme.visualstudio.com/_git/app', 'https://dev.azure.com', 'acme', 'app', 'app'],
  ['https://acme.visualstudio.com/DefaultCollection/_git/app', 'https://dev.azure.com', 'acme', 'app', 'app'],
  ['https://acme.visualstudio.com/DefaultCollection/Web/_git/app', 'https://dev.azure.com', 'acme', 'Web', 'app'],
  ['https://DEV.azure.com/acme/Web/_Git/app//', 'https://dev.azure.com', 'acme', 'Web', 'app'],
  ['https://tfs.example.com/tfs/Main/Web/_git/app/', 'https://tfs.example.com/tfs', 'Main', 'Web', 'app'],
])('%s names its organization, project and repository', (remote, baseUrl, organization, project, repository) => {
  expect(azureReposOf(remote)).toEqual({ baseUrl, organization, project, repository });
});

test.each([
  'https://github.com/acme/app.git',
  'https://host.example/_git/app',
  'https://dev.azure.com/acme/%E0%A4%A/_git',
  'nonsense',
])('%s names none', (remote) => {
  expect(azureReposOf(remote)).toBeUndefined();
});

function placeOf(remote: string, git: { provider?: string; apiUrl?: string } = {}) {
  const config = { git: gitConfig.parse({ customerBranch: 'main', branchPrefix: 'agent/', ...git }) };
  return codeHostPlaceOf({ config, locations: { remote } });
}

const gitHub = { provider: 'github' };
const azure = { provider: 'azure-repos' };
const loopback = 'http://127.0.0.1:4000';

test.each([
  ['https://github.com/acme/app.git', {}, 'github', 'https://api.github.com'],
  ['https://www.github.com/acme/app', {}, 'github', 'https://api.github.com'],
  ['https://acme.ghe.com/acme/app.git', {}, 'github', 'https://api.acme.ghe.com'],
  ['https://git.acme.example/acme/app.git', gitHub, 'github', 'https://git.acme.example/api/v3'],
  ['https://git.acme.example:8443/acme/app.git', gitHub, 'github', 'https://git.acme.example:8443/api/v3'],
  ['https://dev.azure.com/acme/Web/_git/app', {}, 'azure-repos', 'https://dev.azure.com'],
  ['https://acme.visualstudio.com/_git/app', {}, 'azure-repos', 'https://dev.azure.com'],
  ['https://acme.visualstudio.com/DefaultCollection/_git/app', azure, 'azure-repos', 'https://dev.azure.com'],
  ['https://tfs.example.com/tfs/Main/Web/_git/app', {}, 'azure-repos', 'https://tfs.example.com/tfs'],
  ['https://tfs.example.com/tfs/Main/Web/_git/app', azure, 'azure-repos', 'https://tfs.example.com/tfs'],
  [`${loopback}/acme/app.git`, {}, 'github', `${loopback}/api/v3`],
])('the token for %s (%j) goes to %s at %s', (remote, git, provider, apiUrl) => {
  expect(placeOf(remote, git)).toEqual({ provider, apiUrl });
});

test.each([
  ['https://git.acme.example/acme/app.git', { ...gitHub, apiUrl: 'https://git.acme.example/api/v3/' }],
  ['https://git.acme.example/acme/app.git', { ...gitHub, apiUrl: 'https://git.acme.example:8443/api/v3' }],
  ['https://github.com/acme/app.git', { apiUrl: 'https://api.github.com' }],
  ['https://acme.ghe.com/acme/app.git', { apiUrl: 'https://api.acme.ghe.com' }],
  ['https://acme.visualstudio.com/_git/app', { apiUrl: 'https://acme.visualstudio.com' }],
  [`${loopback}/acme/app.git`, { apiUrl: 'http://127.0.0.1:5000' }],
])('of %s git.apiUrl in %j is an address of its own host', (remote, git) => {
  expect(placeOf(remote, git)).toMatchObject({ apiUrl: git.apiUrl.replace(/\/$/, '') });
});

test.each([
  ['https://git.acme.example/acme/app.git', { ...gitHub, apiUrl: 'https://api.github.com' }],
  ['https://git.acme.example/acme/app.git', { ...gitHub, apiUrl: 'https://git.acme.example.evil.example/api/v3' }],
  ['https://github.com/acme/app.git', { apiUrl: 'https://git.acme.example/api/v3' }],
  ['https://acme.ghe.com/acme/app.git', { apiUrl: 'https://api.github.com' }],
  ['https://acme.ghe.com/acme/app.git', { apiUrl: 'https://api.globex.ghe.com' }],
  ['https://dev.azure.com/acme/Web/_git/app', { apiUrl: 'https://tfs.example.com' }],
  ['https://github.com/acme/app.git', { apiUrl: 'http://127.0.0.1:5000' }],
])('of %s git.apiUrl in %j would carry the token elsewhere', (remote, git) => {
  const host = new URL(git.apiUrl).host;
  expect(placeOf(remote, git)).toMatchObject({ field: 'apiUrl', why: expect.stringContaining(host) });
});

test.each([
  ['https://gitlab.com/acme/app.git', {}, 'gitlab.com, which is not supported'],
  ['https://gitlab.com/acme/app.git', gitHub, 'gitlab.com, which is not supported'],
  ['https://bitbucket.org/acme/app.git', {}, 'bitbucket.org, which is not supported'],
  ['https://codeberg.org/acme/app.git', {}, 'codeberg.org, which is not supported'],
  ['https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/app', {}, 'amazonaws.com, which is not supported'],
  ['https://git.acme.example/acme/app.git', {}, 'git.acme.example, which is not a known code host'],
  ['https://git.acme.example/acme/app.git', azure, 'does not name a repository of Azure Repos'],
  ['https://dev.azure.com/acme/Web', {}, 'does not name a repository of Azure Repos'],
  ['https://dev.azure.com/acme/Web/_git/app', gitHub, 'dev.azure.com is Azure Repos, not github'],
  ['https://github.com/acme/app.git', azure, 'github.com is GitHub, not azure-repos'],
  ['http://git.acme.example/acme/app.git', gitHub, 'not a plain https address'],
])('%s (%j) gets no token: %s', (remote, git, why) => {
  expect(placeOf(remote, git)).toMatchObject({ field: 'provider', why: expect.stringContaining(why) });
});

test('an unknown host needs a provider name', () => {
  expect(placeOf('https://git.acme.example/acme/app.git')).toMatchObject({
    fix: expect.stringContaining('Set git.provider to "github"'),
  });
});

test.each([
  ['git@github.com:acme/app.git', 'https://github.com/acme/app.git'],
  ['ssh://git@git.acme.example:7999/acme/app.git', 'https://git.acme.example/acme/app.git'],
  ['git@ssh.dev.azure.com:v3/acme/Web/app', 'https://dev.azure.com/acme/Web/_git/app'],
  ['acme@vs-ssh.visualstudio.com:v3/acme/Web/app', 'https://dev.azure.com/acme/Web/_git/app'],
])('%s is to be written as %s', (remote, https) => {
  expect(placeOf(remote)).toMatchObject({ fix: `Write GIT_REMOTE as a plain https address, such as ${https}.` });
});

test.each([
  ['https://acme.visualstudio.com', 'https://dev.azure.com'],
  ['https://acme.visualstudio.com/DefaultCollection/', 'https://dev.azure.com'],
  ['https://dev.azure.com/acme/', 'https://dev.azure.com'],
  ['https://tfs.example.com/tfs/', 'https://tfs.example.com/tfs'],
  [undefined, 'https://dev.azure.com'],
])('devops.baseUrl %s means the server %s', (baseUrl, server) => {
  const names = ['new', 'planning', 'planReady', 'approved', 'inProgress', 'prCreated', 'deployed'];
  const stateMapping = Object.fromEntries(names.map((name) => [name, name]));
  expect(devopsConfig.parse({ stateMapping, ...(baseUrl && { baseUrl }) }).baseUrl).toBe(server);
});

test.each([
  ['git@ssh.dev.azure.com:v3/acme/Web/app', 'https://dev.azure.com/acme/Web/_git/app'],
  ['acme@vs-ssh.visualstudio.com:v3/acme/Web/app', 'https://dev.azure.com/acme/Web/_git/app'],
  ['git@github.com:acme/app.git', 'https://github.com/acme/app.git'],
])('a remote by ssh is refused with its https form: %s', (remote, https) => {
  expect(placeOf(remote)).toMatchObject({ fix: expect.stringContaining(https) });
});
