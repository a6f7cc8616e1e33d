import { expect, test } from 'vitest';
import { createAgentStore } from '../../../src/agents/agent-store.ts';
import { createWorkspace, customerConfig } from '../workspace.ts';

const remote = 'GIT_REMOTE=https://example.com/product.git';

function refusals(more: Record<string, unknown>) {
  const { root } = createWorkspace({
    'codechange/acme/jvAgent.json': customerConfig('acme'),
    'codechange/acme/secrets.env': `AZDO_PAT=acme-pat\nAZDO_ORG=yourorg\n${remote}`,
    'codechange/globex/jvAgent.json': customerConfig('globex'),
    'codechange/globex/secrets.env': `AZDO_PAT=globex-pat\nAZDO_ORG=yourorg\n${remote}`,
    ...more,
  });
  const states = createAgentStore({ root }).list();
  return states.flatMap((state) => ('refusal' in state ? [{ id: state.id, ...state.refusal }] : []));
}

function expectBothNamed(found: ReturnType<typeof refusals>, what: string) {
  expect(found.map(({ id, refused }) => [id, refused])).toEqual([
    ['codechange/acme', 'TENANT_OVERLAP'],
    ['codechange/globex', 'TENANT_OVERLAP'],
  ]);
  for (const { why } of found) {
    for (const word of ['codechange/acme', 'codechange/globex', what]) expect(why).toContain(word);
  }
}

const acme = customerConfig('acme');
const globex = (more: Record<string, unknown>) => ({
  'codechange/globex/jvAgent.json': customerConfig('globex', more),
});

test('customers that share an organization and a remote, and nothing else, both work', () => {
  expect(refusals({})).toEqual([]);
});

test.each([
  'https://API.acme.example.com:443/',
  'https://api.acme.example.com/?from=globex',
  'https://api.acme.example.com.',
  'https://api.acme.example.com//',
])('one instance for two customers refuses both, also spelt %s', (url) => {
  expectBothNamed(refusals(globex({ instance: { name: 'G', url } })), 'instance');
});

test.each([
  ['https://github.com/yourorg/product.git', 'https://github.com/YourOrg/Product'],
  ['https://github.com/yourorg/product.git', 'https://www.github.com/yourorg/product/'],
  ['https://github.com/yourorg/product', 'https://github.com/yourorg/%70roduct.git'],
  ['https://dev.azure.com/yourorg/Web/_git/app', 'https://yourorg.visualstudio.com/DefaultCollection/web/_git/App'],
  ['https://dev.azure.com/yourorg/app/_git/app', 'https://dev.azure.com/yourorg/_git/app'],
])('one target branch of %s refuses both customers, also where one writes %s', (one, other) => {
  const git = { customerBranch: 'customer/acme', branchPrefix: 'feature/globex-' };
  const found = refusals({
    'codechange/acme/jvAgent.json': { ...acme, git: { ...acme.git, provider: undefined } },
    'codechange/acme/secrets.env': `AZDO_PAT=acme-pat\nAZDO_ORG=yourorg\nGIT_REMOTE=${one}`,
    ...globex({ git }),
    'codechange/globex/secrets.env': `AZDO_PAT=globex-pat\nAZDO_ORG=yourorg\nGIT_REMOTE=${other}`,
  });
  expectBothNamed(found, 'target branch');
});

test('one target branch for two customers refuses both', () => {
  expectBothNamed(
    refusals(globex({ git: { customerBranch: 'customer/acme', branchPrefix: 'feature/globex-', provider: 'github' } })),
    'target branch',
  );
});

test('a prefix that begins with another one refuses both', () => {
  for (const branchPrefix of ['feature/', 'feature/acme-', 'feature/acme-eu-']) {
    expectBothNamed(
      refusals(globex({ git: { customerBranch: 'customer/globex', branchPrefix, provider: 'github' } })),
      branchPrefix,
    );
  }
});

test('one token for two customers refuses both, under any name, and is not quoted', () => {
  const found = refusals({ 'codechange/globex/secrets.env': 'INSTANCE_API_TOKEN=Bearer acme-pat' });
  expectBothNamed(found, 'AZDO_PAT');
  expect(JSON.stringify(found)).not.toContain('acme-pat');
});

test('two kinds of agent for one customer may share its instance and token, not its branches', () => {
  const impl = { id: 'impl/acme', instance: acme.instance };
  const secrets = { 'impl/acme/secrets.env': 'INSTANCE_API_TOKEN=acme-pat' };
  expect(refusals({ 'impl/acme/jvAgent.json': impl, ...secrets })).toEqual([]);
  const pushing = { ...impl, devops: acme.devops, git: acme.git };
  expect(refusals({ 'impl/acme/jvAgent.json': pushing }).map(({ id }) => id)).toEqual(['codechange/acme', 'impl/acme']);
  const elsewhere = { ...pushing, git: { customerBranch: 'other', branchPrefix: 'other-' } };
  expect(refusals({ 'impl/acme/jvAgent.json': elsewhere }).map(({ id }) => id)).toEqual([
    'codechange/acme',
    'impl/acme',
  ]);
  const other = {
    'impl/globex/jvAgent.json': { ...impl, id: 'impl/globex' },
    'impl/globex/secrets.env': 'INSTANCE_API_TOKEN=globex-instance-token',
  };
  expect(refusals(other).map(({ id }) => id)).toEqual(['codechange/acme', 'impl/globex']);
});
