import { symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { AgentId } from '../../../src/agents/agent-id.ts';
import type { AgentConfig } from '../../../src/agents/config/config.ts';
import { readConfigFile } from '../../../src/agents/config/file.ts';
import { createWorkspace, customerConfig } from '../workspace.ts';

function read(content: unknown, id = 'codechange/acme') {
  const { root } = createWorkspace({ [`${id}/jvAgent.json`]: content });
  return readConfigFile({ root, home: '/home/someone', id: id as AgentId });
}

function configOf(content: unknown, id?: string): AgentConfig {
  const found = read(content, id);
  if (!found || 'faults' in found) throw new Error(JSON.stringify(found));
  return found.config;
}

function faultsOf(content: unknown, id?: string) {
  const found = read(content, id);
  return found && 'faults' in found ? found.faults : [];
}

test('an id alone is a configuration; the rest has defaults', () => {
  const config = configOf({ id: 'docs' }, 'docs');
  expect(config).toMatchObject({ autoRun: { enabled: false }, workDirs: [], approval: { outOfPlan: 'block' } });
  expect(config.devops).toBeUndefined();
});

test('without deployment settings, an instance gets the contract defaults', () => {
  expect(configOf(customerConfig('acme')).instance?.deploy).toEqual({
    mode: 'push',
    request: { method: 'POST', path: '/deployments', body: 'sha' },
    status: { path: '/deployments/{id}', done: ['succeeded'], failed: ['failed'] },
    version: { path: '/version', pointer: '/commit' },
    health: { path: '/health', settleMinutes: 2 },
    rollback: { method: 'POST', path: '/deployments/{id}/rollback', mode: 'auto' },
    timeoutMinutes: 10,
    freeze: [],
  });
});

test('unknown fields are kept at every level', () => {
  const config = configOf({ ...customerConfig('acme'), crm: { account: 7 }, approval: { board: ['x'] } });
  expect(config).toMatchObject({ crm: { account: 7 }, approval: { board: ['x'], maxAgeDays: 14 } });
});

test('a tilde means the home folder', () => {
  const config = configOf(
    { id: 'docs', workDirs: ['~/Projects/x'], git: { repo: '~/r', customerBranch: 'c', branchPrefix: 'fix-' } },
    'docs',
  );
  expect(config.workDirs).toEqual(['/home/someone/Projects/x']);
  expect(config.git?.repo).toBe('/home/someone/r');
});

test('all faults are reported at once, each with line and field', () => {
  const text = '{\n "id": "codechange/globex",\n "heartbeat": "every day",\n "limits": {\n  "dayUsdMax": -1\n }\n}';
  expect(faultsOf(text)).toMatchObject([
    { file: 'codechange/acme/jvAgent.json', line: 2, path: 'id', code: 'CONFIG_INVALID' },
    { line: 3, path: 'heartbeat' },
    { line: 5, path: 'limits.dayUsdMax' },
  ]);
});

test.each([
  ['a trailing comma', '{"id": "codechange/acme",}'],
  ['a duplicate name', '{"id": "codechange/acme", "id": "codechange/acme"}'],
  ['__proto__', '{"id": "codechange/acme", "__proto__": {"x": 1}}'],
  ['ten thousand levels', `{"id": "codechange/acme", "x": ${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
  ['fifty megabytes', `{"id": "codechange/acme", "x": "${'x'.repeat(50 << 20)}"}`],
  ['an empty file', ''],
  ['an array', '[]'],
])('%s is refused with file and reason', (_, text) => {
  expect(faultsOf(text)[0]).toMatchObject({ code: 'CONFIG_INVALID', file: 'codechange/acme/jvAgent.json' });
});

test.each([
  [
    'approved shared with another state',
    { devops: { stateMapping: { ...customerConfig('acme').devops.stateMapping, planReady: 'approved' } } },
  ],
  ['a prefix that ends in a digit', { git: { customerBranch: 'c', branchPrefix: 'feature/v2' } }],
  ['a base url without TLS', { devops: { ...customerConfig('acme').devops, baseUrl: 'http://dev.example.com' } }],
  ['a url with a password', { instance: { name: 'A', url: 'https://a:b@api.example.com' } }],
  ['a writable state', { devops: { ...customerConfig('acme').devops, writableFields: ['System.State'] } }],
  ['a subscription to a sibling', { subscriptions: [{ pattern: 'agent/codechange/globex/**' }] }],
  ['a subscription to a name that begins alike', { subscriptions: [{ pattern: 'agent/codechange/acme2' }] }],
  ['a subscription to everything', { subscriptions: [{ pattern: 'agent/**' }] }],
  ['seven cron fields', { heartbeat: '0 0 0 1 1 1 2030' }],
  ['an unknown timezone', { timezone: 'Mars/Olympus' }],
  ['a freeze without a timezone', { instance: { name: 'A', deploy: { freeze: ['Fri 16:00-Mon 06:00'] } } }],
])('%s is refused', (_, more) => {
  expect(faultsOf({ id: 'codechange/acme', ...more })).toHaveLength(1);
});

test('cron patterns of five and six fields, freezes and loopback urls are accepted', () => {
  const deploy = { freeze: ['Fri 16:00-Mon 06:00 Europe/Berlin'] };
  const instance = { name: 'A', url: 'http://127.0.0.1:8080', deploy };
  for (const heartbeat of ['*/15 * * * *', '*/5 * * * * *']) {
    expect(configOf({ id: 'docs', heartbeat, timezone: 'Europe/Berlin', instance }, 'docs').heartbeat).toBe(heartbeat);
  }
});

test('a link in place of the file is not followed', () => {
  const { root, path } = createWorkspace({ 'other.json': { id: 'docs' }, 'docs/CLAUDE.md': '' });
  symlinkSync(path('other.json'), path('docs/jvAgent.json'));
  expect(readConfigFile({ root, home: '/', id: 'docs' as AgentId })).toMatchObject({
    faults: [{ message: expect.stringContaining('link') }],
  });
});
