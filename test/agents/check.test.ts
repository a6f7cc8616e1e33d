/** What `agent check` says of secrets and of where they would go. */
import { expect, test } from 'vitest';
import { createAgentStore } from '../../src/agents/agent-store.ts';
import { checkAgents } from '../../src/agents/check.ts';
import { createWorkspace, customerConfig } from './workspace.ts';

const id = 'codechange/acme';
const remote = 'GIT_REMOTE=https://github.com/acme/app.git';

function workspace(secrets: string, more: Record<string, unknown> = {}) {
  return createWorkspace({
    [`${id}/jvAgent.json`]: customerConfig('acme', more),
    [`${id}/secrets.env`]: `${secrets.includes('GIT_REMOTE=') ? '' : `${remote}\n`}${secrets}\n`,
  });
}

test('a credential under 8 characters is a fault that names it without its value', () => {
  const { root } = workspace('AZDO_PAT=abc-123\nREGION=eu\nAZDO_ORG=acme');
  const found = checkAgents(root);
  expect(found).toMatchObject([
    { level: 'fault', code: 'SECRETS_KEY', file: `${id}/secrets.env`, message: 'AZDO_PAT has fewer than 8 characters' },
  ]);
  expect(JSON.stringify(found)).not.toContain('abc-123');
});

test('one under 12 is a warning, and the agent works; one of 12 is fine', () => {
  const { root } = workspace('AZDO_PAT=abcdef-1234\nCRM_TOKEN=abcdef-12345');
  expect(checkAgents(root)).toMatchObject([
    { level: 'warning', agentId: id, message: 'AZDO_PAT has fewer than 12 characters' },
  ]);
  expect(createAgentStore({ root }).get(id)).toHaveProperty('agent');
});

test('other values are neither, however short', () => {
  expect(checkAgents(workspace('REGION=eu\nAZDO_ORG=a\nCUSTOMER=acme').root)).toEqual([]);
});

test('two customers may share a setting', () => {
  const region = 'SUPPORT=The people of the platform, support@example.com\n';
  const { root } = createWorkspace({
    [`${id}/jvAgent.json`]: customerConfig('acme'),
    [`${id}/secrets.env`]: region,
    'codechange/globex/jvAgent.json': customerConfig('globex'),
    'codechange/globex/secrets.env': region,
  });
  expect(checkAgents(root)).toEqual([]);
});

test('an agent with a board and no repository, or a repository and no board, is a fault that names the missing block', () => {
  const withOnly = (block: 'devops' | 'git') => {
    const { id: own, [block]: kept } = customerConfig('acme');
    const { root, write } = createWorkspace({ [`${id}/jvAgent.json`]: customerConfig('acme') });
    write(`${id}/jvAgent.json`, { id: own, [block]: kept });
    return checkAgents(root);
  };
  const fault = (path: string, other: string) => [
    { code: 'CONFIG_INVALID', path, message: expect.stringContaining(`needs a ${other} block too`) },
  ];
  expect(withOnly('devops')).toMatchObject(fault('devops', 'git'));
  expect(withOnly('git')).toMatchObject(fault('git', 'devops'));
});

test('its blocks decide what an agent does: with a board it changes code, without one it answers questions', () => {
  const { root } = createWorkspace({
    [`${id}/jvAgent.json`]: customerConfig('acme'),
    [`${id}/secrets.env`]: 'AZDO_ORG=elsewhere\n',
    'docs/jvAgent.json': { id: 'docs' },
  });
  const agentOf = (agentId: string) => {
    const state = createAgentStore({ root }).get(agentId);
    return state && 'agent' in state ? state.agent : undefined;
  };
  expect(agentOf(id)).toMatchObject({
    kind: 'code-change',
    devops: { organization: 'elsewhere', project: 'acmeProject', baseUrl: 'https://dev.azure.com' },
    git: { customerBranch: 'customer/acme', testMinutesMax: 20 },
    instance: { url: 'https://api.acme.example.com' },
  });
  expect(agentOf('docs')?.kind).toBe('conversation');
});

const gitWith = (more: Record<string, unknown>) => {
  const { provider: _, ...git } = customerConfig('acme').git;
  return { git: { ...git, ...more } };
};

test.each([
  ['https://gitlab.com/acme/app.git', { provider: 'github' }, 'git.provider', 'gitlab.com, which is not supported'],
  ['https://git.acme.example/acme/app.git', {}, 'git.provider', 'which is not a known code host'],
  ['git@github.com:acme/app.git', {}, 'git.provider', 'not a plain https address'],
  [
    'https://github.com/acme/app.git',
    { apiUrl: 'https://git.acme.example/api/v3' },
    'git.apiUrl',
    'would leave its host',
  ],
])('a remote %s with %j is a fault of %s', (address, git, path, why) => {
  const { root } = workspace(`GIT_REMOTE=${address}`, gitWith(git));
  expect(checkAgents(root)).toMatchObject([
    { level: 'fault', code: 'CONFIG_INVALID', path, line: expect.any(Number), message: expect.stringContaining(why) },
  ]);
});

test.each([
  ['AZDO_PAT', 'AZDO_PAT is never given to the engine'],
  ['NPM_READ', 'NPM_READ is never given to the engine'],
  ['LICENCE', 'LICENCE is not set in secrets.env'],
  ['ALL_PROXY', 'ALL_PROXY would control the engine or its programs'],
])('cliSecrets with %s is a fault with its line', (name, message) => {
  const sandbox = { registries: [{ host: 'packages.example.com', tokenSecret: 'NPM_READ' }] };
  const { root } = workspace('AZDO_PAT=the-pat-of-acme\nNPM_READ=the-token-of-npm', { cliSecrets: [name], sandbox });
  expect(checkAgents(root)).toMatchObject([
    { code: 'CONFIG_INVALID', path: 'cliSecrets.0', line: expect.any(Number), message },
  ]);
});

test('an address of the emulators is a fault in the real world, and one of the real world beside the emulators', () => {
  const git = { ...customerConfig('acme').git, apiUrl: 'http://127.0.0.1:9/api' };
  const { root } = workspace('AZDO_ORG=acme', { git });
  const said = (allowLoopback: boolean) =>
    checkAgents(root, { allowLoopback }).map(({ level, message }) => ({ level, message }));
  expect(said(false)).toEqual([
    { level: 'fault', message: expect.stringContaining('http://127.0.0.1:9/api is on loopback') },
  ]);
  expect(said(true)).toEqual([{ level: 'fault', message: expect.stringContaining('is not on loopback') }]);
});
