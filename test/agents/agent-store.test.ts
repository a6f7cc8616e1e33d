import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Agent } from '../../src/agents/agent.ts';
import { createAgentStore } from '../../src/agents/agent-store.ts';
import { checkAgents } from '../../src/agents/check.ts';
import { triageTextOf } from '../../src/agents/instructions.ts';
import { createWorkspace, customerConfig } from './workspace.ts';

type Store = ReturnType<typeof createAgentStore>;

function agentOf(store: Store, id: string): Agent {
  const state = store.get(id);
  if (!state || !('agent' in state)) throw new Error(`${id}: ${JSON.stringify(state)}`);
  return state.agent;
}

function codesOf(store: Store): Record<string, string> {
  return Object.fromEntries(
    store.list().map((state) => [state.id, 'refusal' in state ? state.refusal.refused : 'sound']),
  );
}

function twoCustomers(more: Record<string, unknown> = {}) {
  return createWorkspace({
    'codechange/jvAgent.json': { id: 'codechange', defaultModel: 'opus', limits: { dayUsdMax: 30, turnUsdMax: 50 } },
    'codechange/CLAUDE.md': 'Write small commits.\n',
    'codechange/tools/report.js': 'module.exports = {};',
    'codechange/acme/jvAgent.json': customerConfig('acme'),
    'codechange/acme/CLAUDE.md': 'Acme is careful.\n',
    'codechange/acme/secrets.env':
      'AZDO_PAT=acme-pat-1\nAZDO_ORG=acmeorg\nGIT_REMOTE=https://example.com/product.git\n',
    'codechange/globex/jvAgent.json': customerConfig('globex'),
    'codechange/globex/secrets.env': 'AZDO_PAT=globex-pat-1\nGIT_REMOTE=https://example.com/product.git\n',
    ...more,
  });
}

test('an agent inherits words, model, limits and tools of its ancestors, outermost first', () => {
  const { root, path } = twoCustomers();
  const acme = agentOf(createAgentStore({ root }), 'codechange/acme');
  expect(acme.ancestry).toEqual(['codechange', 'codechange/acme']);
  expect(acme.instructions.indexOf('small commits')).toBeLessThan(acme.instructions.indexOf('Acme is careful'));
  expect(acme.instructions).toContain('# Instructions of agent codechange/acme');
  expect(acme.model.id).toBe('claude-opus-5-5');
  expect(acme.limits).toMatchObject({ dayUsdMax: 30, turnUsdMax: 10 });
  expect(acme.branchLimits).toEqual([{ agentId: 'codechange', limits: { dayUsdMax: 30, turnUsdMax: 50 } }]);
  expect(acme.toolFolders).toEqual(['codechange/acme/tools', 'codechange/tools', 'tools'].map(path));
});

test('what is passed on about an agent holds no secret, although places in secrets.env win', () => {
  const { root } = twoCustomers();
  const acme = agentOf(createAgentStore({ root }), 'codechange/acme');
  expect(acme.locations).toMatchObject({ organization: 'acmeorg', project: 'acmeProject' });
  expect(JSON.stringify(acme)).not.toContain('acme-pat-1');
});

test('secrets of the parent are not inherited', () => {
  const { root } = createWorkspace({
    'a/jvAgent.json': { id: 'a' },
    'a/secrets.env': 'INSTANCE_URL=https://parent.example.com',
    'a/b/jvAgent.json': { id: 'a/b', instance: { name: 'B', url: 'https://own.example.com' } },
    'a/b/secrets.env': 'INSTANCE_API_TOKEN=own-instance-token',
  });
  expect(agentOf(createAgentStore({ root }), 'a/b').locations.instanceUrl).toBe('https://own.example.com');
});

test('one agent that is broken in any way leaves the others running', () => {
  const { root, path } = twoCustomers({
    'broken/jvAgent.json': '{"id": "broken",}',
    'open/jvAgent.json': { id: 'open' },
    'told/jvAgent.json': { id: 'told' },
    'told/secrets.env': 'A=b',
    'Loud/jvAgent.json': { id: 'Loud' },
    'codechange/tools/jvAgent.json': { id: 'codechange/tools' },
  });
  chmodSync(path('open/jvAgent.json'), 0o666);
  chmodSync(path('told/secrets.env'), 0o640);
  expect(codesOf(createAgentStore({ root }))).toEqual({
    broken: 'CONFIG_INVALID',
    codechange: 'sound',
    'codechange/acme': 'sound',
    'codechange/globex': 'sound',
    open: 'CONFIG_INVALID',
    told: 'SECRETS_MODE',
    Loud: 'AGENT_ID',
    'codechange/tools': 'AGENT_ID',
  });
});

test.each([
  ['codechange/acme', 0o775],
  ['codechange/acme/CLAUDE.md', 0o664],
  ['codechange/tools', 0o757],
  ['codechange/tools/report.js', 0o646],
])('%s that other users can write disables the agent and says chmod', (file, mode) => {
  const { root, path } = twoCustomers();
  chmodSync(path(file), mode);
  expect(createAgentStore({ root }).get('codechange/acme')).toMatchObject({
    refusal: {
      refused: 'CONFIG_INVALID',
      why: expect.stringContaining(file),
      fix: expect.stringContaining('chmod'),
    },
  });
});

test('a fault of the parent also disables its children, and names the parent file', () => {
  const { root } = twoCustomers({ 'codechange/jvAgent.json': '{' });
  const state = createAgentStore({ root }).get('codechange/acme');
  expect(state).toMatchObject({ faults: [{ file: 'codechange/jvAgent.json', line: 1 }] });
});

test('folders behind links are not agents', () => {
  const { root, path } = twoCustomers();
  symlinkSync(path('codechange/acme'), path('alias'));
  expect(createAgentStore({ root }).get('alias')).toBeUndefined();
});

test('a devops block without organization anywhere is a fault with its line', () => {
  const { organization: _, ...devops } = customerConfig('acme').devops;
  const { root } = createWorkspace({ 'codechange/acme/jvAgent.json': customerConfig('acme', { devops }) });
  expect(checkAgents(root)).toMatchObject([{ agentId: 'codechange/acme', line: 3, path: 'devops.organization' }]);
});

test('a secret for the engine that has the value of a guarded one is a fault', () => {
  const { root } = twoCustomers({
    'codechange/acme/jvAgent.json': customerConfig('acme', { cliSecrets: ['NPM_AUTH'] }),
    'codechange/acme/secrets.env': 'AZDO_PAT=same-value\nNPM_AUTH=same-value',
  });
  expect(checkAgents(root, { id: 'codechange/acme' })).toMatchObject([{ path: 'cliSecrets.0' }]);
});

test('working folders that hold the workspace, the home folder or an agent are refused', () => {
  const { root, path, write } = createWorkspace({ 'other/jvAgent.json': { id: 'other' }, 'home/x': '' });
  mkdirSync(path('free'));
  const config = { id: 'docs', workDirs: ['/', path(''), '~', path('other'), path('.jvagent/state'), path('free')] };
  write('docs/jvAgent.json', config);
  const state = createAgentStore({ root, home: path('home') }).get('docs');
  expect(state && 'faults' in state ? state.faults.map((found) => found.path) : []).toEqual(
    [0, 1, 2, 3, 4].map((index) => `workDirs.${index}`),
  );
});

test('a look reports exactly the agents that came, went or changed', () => {
  const { root, write, path } = twoCustomers();
  const store = createAgentStore({ root });
  expect(store.refresh()).toEqual([]);
  write('codechange/acme/secrets.env', 'AZDO_PAT=acme-pat-2');
  expect(store.refresh()).toEqual(['codechange/acme']);
  write('docs/jvAgent.json', { id: 'docs' });
  expect(store.refresh()).toEqual(['docs']);
  rmSync(path('docs'), { recursive: true });
  expect(store.refresh()).toEqual(['docs']);
  write('codechange/CLAUDE.md', 'Write large commits.');
  expect(store.refresh()).toEqual(['codechange', 'codechange/acme', 'codechange/globex']);
});

test('the digest changes with what steers trust and with nothing else', () => {
  const { root, write } = twoCustomers();
  const store = createAgentStore({ root });
  const digest = () => {
    store.refresh();
    return agentOf(store, 'codechange/acme').digest;
  };
  const first = digest();
  write('codechange/acme/jvAgent.json', customerConfig('acme', { heartbeat: '* * * * *', description: 'other' }));
  expect(digest()).toBe(first);
  const seen = new Set([first]);
  const git = { ...customerConfig('acme').git, allowMeta: true };
  const devops = { ...customerConfig('acme').devops, approvers: ['eve@example.com'] };
  const own = 'AZDO_PAT=acme-pat-1\nGIT_TOKEN=acme-git-1\nINSTANCE_API_TOKEN=acme-instance-1\nAZDO_ORG=elsewhere\n';
  const steering: [string, unknown][] = [
    ['codechange/acme/jvAgent.json', customerConfig('acme', { git })],
    ['codechange/CLAUDE.md', 'Other words.'],
    ['codechange/prompts/planning.md', 'Plan as I say.'],
    ['codechange/acme/prompts/repair.md', 'Repair as I say.'],
    ['codechange/acme/triage.md', 'Take all.'],
    ['codechange/tools/report.js', 'module.exports = {name: "x"};'],
    ['tools/new.js', ''],
    ['codechange/acme/secrets.env', `${own}GIT_REMOTE=https://example.com/product.git`],
    ['codechange/acme/secrets.env', `${own}GIT_REMOTE=https://evil.example.com`],
    ['codechange/acme/secrets.env', `${own}GIT_REMOTE=https://evil.example.com\nINSTANCE_URL=https://evil.example.com`],
    ['codechange/acme/jvAgent.json', customerConfig('acme', { git, devops })],
    ...[{ areaPath: 'Shop' }, { workItemTypes: ['Task'] }, { requiredTag: 'all' }].map((more): [string, unknown] => [
      'codechange/acme/jvAgent.json',
      customerConfig('acme', { git, devops: { ...devops, ...more } }),
    ]),
  ];
  for (const [file, content] of steering) {
    write(file, content);
    seen.add(digest());
  }
  expect(seen.size).toBe(1 + steering.length);
});

test('the models of an agent are its own, or those of the nearest ancestor, or the newest of a family', () => {
  const { root } = createWorkspace({
    'a/jvAgent.json': { id: 'a', defaultModel: 'opus', autoRun: { triageModel: 'sonnet' } },
    'a/b/jvAgent.json': { id: 'a/b' },
    'a/b/c/jvAgent.json': { id: 'a/b/c', defaultModel: 'claude-sonnet-4-5-20250929' },
    'd/jvAgent.json': { id: 'd' },
  });
  const store = createAgentStore({ root });
  const modelsOf = (id: string) => [agentOf(store, id).model.id, agentOf(store, id).triageModel.id];
  expect(modelsOf('a')).toEqual(['claude-opus-5-5', 'claude-sonnet-5-5']);
  expect(modelsOf('a/b')).toEqual(['claude-opus-5-5', 'claude-haiku-5-5']);
  expect(modelsOf('a/b/c')).toEqual(['claude-sonnet-4-5-20250929', 'claude-haiku-5-5']);
  expect(modelsOf('d')).toEqual(['claude-sonnet-5-5', 'claude-haiku-5-5']);
  expect(checkAgents(root)).toEqual([]);
});

test.each(['opusplan', 'sonnet[1m]', 'no-such-model', ''])(
  'a model that cannot run is a fault of its line: %j',
  (name) => {
    const { root } = createWorkspace({
      'a/jvAgent.json': `{\n  "id": "a",\n  "defaultModel": ${JSON.stringify(name)}\n}`,
      'a/b/jvAgent.json': `{\n  "id": "a/b",\n  "autoRun": {\n    "triageModel": ${JSON.stringify(name)}\n  }\n}`,
    });
    const works = expect.stringContaining('name a family (fable, opus, sonnet, haiku)');
    const a = { code: 'CONFIG_INVALID', file: 'a/jvAgent.json', line: 3, path: 'defaultModel', message: works };
    const b = {
      code: 'CONFIG_INVALID',
      file: 'a/b/jvAgent.json',
      line: 4,
      path: 'autoRun.triageModel',
      message: works,
    };
    expect(checkAgents(root, { id: 'a' })).toMatchObject([a]);
    expect(checkAgents(root, { id: 'a/b' })).toMatchObject([a, b]);
  },
);

test('a model without a price runs with a warning, or is refused for an agent and all below it', () => {
  const bound = createWorkspace({
    'a/jvAgent.json': { id: 'a', defaultModel: 'claude-opus-4-1', autoRun: { triageModel: 'claude-haiku-9' } },
  });
  expect(checkAgents(bound.root, { id: 'a' })).toMatchObject([
    { agentId: 'a', level: 'warning', message: expect.stringContaining('The price of claude-opus-4-1 is not known') },
    { agentId: 'a', level: 'warning', message: expect.stringContaining('The price of claude-haiku-9 is not known') },
  ]);
  const refused = createWorkspace({
    'a/jvAgent.json': { id: 'a', limits: { unknownModels: 'refuse' } },
    'a/b/jvAgent.json': '{\n  "id": "a/b",\n  "defaultModel": "claude-opus-4-1"\n}',
    'a/b/c/jvAgent.json': { id: 'a/b/c', defaultModel: 'opus', limits: { unknownModels: 'bound' } },
  });
  const message = expect.stringContaining(
    'the price of claude-opus-4-1 is not known, and limits.unknownModels is "refuse"',
  );
  expect(checkAgents(refused.root)).toMatchObject([{ agentId: 'a/b', file: 'a/b/jvAgent.json', line: 3, message }]);
});

test('a triagePrompt stands for the triage.md that is not there, for the children too, and needs trust', () => {
  const { root, write } = createWorkspace({
    'a/jvAgent.json': { id: 'a', autoRun: { triagePrompt: 'Act on outages.' } },
    'a/b/jvAgent.json': { id: 'a/b' },
  });
  const store = createAgentStore({ root });
  const before = agentOf(store, 'a/b');
  expect(triageTextOf(before)).toBe('Act on outages.');
  write('a/jvAgent.json', { id: 'a', autoRun: { triagePrompt: 'Act on all.' } });
  store.refresh();
  expect(agentOf(store, 'a/b').digest).not.toBe(before.digest);
  write('a/triage.md', 'Act on prices.');
  store.refresh();
  expect(triageTextOf(agentOf(store, 'a/b'))).toBe('Act on prices.');
});
